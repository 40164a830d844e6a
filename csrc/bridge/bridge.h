/* The C interface between the embedded LuaJIT and LibTorch: everything Lua can call, and nothing else.
 *
 * Lua reads this very file with ffi.cdef (preprocessor lines are dropped), so it holds plain C declarations only.
 *
 * Conventions
 *   - A tensor handle is a struct of the shape of fbl_tensor that lives in Lua memory; a storage handle likewise.
 *     Functions take handles as void* because Lua has one C type per Torch class.
 *   - Functions that can fail return FBL_OK (0), FBL_ERROR (1) or FBL_OUT_OF_MEMORY (2); fbl_last_error() tells why.
 *     Functions with another result type never fail and never throw.
 *   - Dimensions and indices are 0-based here; the Lua side translates.
 *   - A tensor without elements reports dimension 0, as Torch7's does.
 */
#ifndef FBCUNN_BRIDGE_H_
#define FBCUNN_BRIDGE_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- library ---------------------------------------------------------------------------------------------------- */

const char* fbl_torch_version(void);
const char* fbl_last_error(void);
/* Keeps PyTorch's warnings in this thread from the terminal. */
void fbl_silence_warnings(void);
void fbl_set_num_threads(int count);
int fbl_get_num_threads(void);

/* ---- handles ---------------------------------------------------------------------------------------------------- */

/* impl: owned TensorImpl*. bytes: storage bytes that this handle brought into being; 0 for views. */
typedef struct {
  void* impl;
  double bytes;
} fbl_tensor;

/* impl: owned StorageImpl*. */
typedef struct {
  void* impl;
  double bytes;
} fbl_storage;

/* Bytes that handles hold and the handles given out since the last collection, over all Lua states. pressure becomes 1
 * when one of them passes its limit: the state that sees it collects its garbage and calls fbl_memory_settle, which
 * sets the next limits: at least headroom bytes above what stayed, and more handles the larger its Lua heap is. */
typedef struct {
  double live;
  double limit;
  int32_t pressure;
  int32_t handles;
  int32_t handle_limit;
} fbl_memory_state;

fbl_memory_state* fbl_memory(void);
void fbl_memory_settle(double headroom, double heap);
/* Frees the tensors that are kept for the next ones of their size. */
void fbl_memory_trim(void);

/* Element types, in the order of Torch7's classes. */
enum {
  FBL_BYTE = 0,
  FBL_CHAR = 1,
  FBL_SHORT = 2,
  FBL_INT = 3,
  FBL_LONG = 4,
  FBL_FLOAT = 5,
  FBL_DOUBLE = 6,
  FBL_HALF = 7
};

/* Device -1 is the CPU, 0 and above a CUDA device. */

void fbl_tensor_release(void* tensor);
void fbl_tensor_retain(void* out, const void* tensor);
/* Moves the tensor of a heap handle made on the Python side into out and frees that handle. */
void fbl_tensor_adopt(void* out, void* heap_handle);
void fbl_tensor_discard(void* heap_handle);
int fbl_tensor_new(void* out, int type, int device, int ndim, const int64_t* sizes);
int fbl_tensor_alias(void* out, const void* tensor);
int fbl_tensor_set(void* tensor, const void* source);
int fbl_tensor_set_storage(void* tensor, const void* storage, int64_t offset, int ndim, const int64_t* sizes,
                           const int64_t* strides);
int fbl_tensor_resize(void* tensor, int ndim, const int64_t* sizes);
int fbl_tensor_resize_as(void* tensor, const void* like);
int fbl_tensor_storage(void* out, const void* tensor);
int fbl_tensor_contiguous(void* out, const void* tensor);
int fbl_tensor_clone(void* out, const void* tensor);
int fbl_tensor_cast(void* out, const void* tensor, int type, int device);

int fbl_dim(const void* tensor);
int64_t fbl_size(const void* tensor, int dim);
int64_t fbl_stride(const void* tensor, int dim);
void fbl_sizes(const void* tensor, int64_t* out);
void fbl_strides(const void* tensor, int64_t* out);
int64_t fbl_numel(const void* tensor);
int64_t fbl_offset(const void* tensor);
int fbl_is_contiguous(const void* tensor);
int fbl_same_size(const void* a, const void* b);
int fbl_same_storage(const void* a, const void* b);
int fbl_has_storage(const void* tensor);
int fbl_type(const void* tensor);
int fbl_device(const void* tensor);
void* fbl_data(const void* tensor);

/* ---- storages --------------------------------------------------------------------------------------------------- */

void fbl_storage_release(void* storage);
void fbl_storage_retain(void* out, const void* storage);
int fbl_storage_new(void* out, int64_t nbytes, int device);
int fbl_storage_resize(void* storage, int64_t nbytes);
/* A storage over part of another's memory, which it keeps alive. */
int fbl_storage_view(void* out, const void* storage, int64_t offset, int64_t nbytes);
/* mapping: 0 a file read, writes stay private; 1 a file shared; 2 named shared memory, unlinked at its end. */
int fbl_storage_map(void* out, const char* path, int64_t nbytes, int mapping);
int64_t fbl_storage_nbytes(const void* storage);
void* fbl_storage_data(const void* storage);
int fbl_storage_device(const void* storage);

/* ---- views ------------------------------------------------------------------------------------------------------ */

int fbl_select(void* out, const void* tensor, int dim, int64_t index);
int fbl_narrow(void* out, const void* tensor, int dim, int64_t start, int64_t length);
int fbl_transpose(void* out, const void* tensor, int dim0, int dim1);
int fbl_unfold(void* out, const void* tensor, int dim, int64_t size, int64_t step);
int fbl_as_strided(void* out, const void* tensor, int ndim, const int64_t* sizes, const int64_t* strides,
                   int64_t offset);

/* ---- elements --------------------------------------------------------------------------------------------------- */

/* Element access answers FBL_OK, or one of these; it sets no message. */
enum { FBL_NOT_1D = 3, FBL_OUT_OF_RANGE = 4, FBL_TOO_MANY = 5, FBL_END_BEFORE_START = 6 };

/* A 1-D tensor's element; negative indices count from the end. */
int fbl_get1(const void* tensor, int64_t index, double* out);
int fbl_set1(void* tensor, int64_t index, double value);
/* An element by all its indices. */
int fbl_get_at(const void* tensor, int n, const int64_t* index, double* out);
int fbl_set_at(void* tensor, int n, const int64_t* index, double value);
int fbl_storage_get(const void* storage, int type, int64_t index, double* out);
int fbl_storage_set(void* storage, int type, int64_t index, double value);
/* For elements that Lua reads from memory by itself: LuaJIT takes NaNs of unusual bits for other values. */
void fbl_replace_nans(int type, void* data, int64_t count);
double fbl_strtod(const char* text, char** stop);

/* ---- operations that scripts call on tiny tensors ---------------------------------------------------------------- */

/* Each has a direct loop for small contiguous CPU tensors and goes to ATen otherwise. Operands match by their number of
 * elements; the result takes the shape of the first source and is made here when its handle is empty. */

enum { FBL_ADD = 0, FBL_SUB = 1, FBL_MUL = 2, FBL_DIV = 3 };

enum {
  FBL_ABS = 0,
  FBL_NEG = 1,
  FBL_SQRT = 2,
  FBL_RSQRT = 3,
  FBL_RECIPROCAL = 4,
  FBL_EXP = 5,
  FBL_LOG = 6,
  FBL_LOG1P = 7,
  FBL_SIN = 8,
  FBL_COS = 9,
  FBL_TAN = 10,
  FBL_ASIN = 11,
  FBL_ACOS = 12,
  FBL_ATAN = 13,
  FBL_SINH = 14,
  FBL_COSH = 15,
  FBL_TANH = 16,
  FBL_SIGMOID = 17,
  FBL_FLOOR = 18,
  FBL_CEIL = 19,
  FBL_ROUND = 20,
  FBL_TRUNC = 21,
  FBL_FRAC = 22
};

int fbl_fill(void* tensor, double value);
int fbl_with_scalar(int op, void* result, const void* source, double value);
int fbl_with_tensor(int op, void* result, const void* a, double scale, const void* b);
/* result = a + scale * b * c for float and double on the CPU, each step rounded. */
int fbl_add_product(void* result, const void* a, double scale, const void* b, const void* c);
int fbl_unary(int op, void* result, const void* source);
/* Element by element, whatever the shapes and types; the counts must agree. */
int fbl_copy(void* result, const void* source);

int fbl_sum(const void* tensor, double* out);
int fbl_dot(const void* a, const void* b, double* out);
/* The smallest (sign -1) or largest (sign 1) element; NaN if there is one. */
int fbl_extreme(int sign, const void* tensor, double* out);

/* Sum (or mean) along a dimension, which stays with size 1. An empty handle gets a new result; any other is resized. */
int fbl_sum_along(void* result, const void* tensor, int dim, int mean);
/* Of all elements, and along a dimension (root: its square root); biased divides by n instead of n - 1. */
int fbl_variance(const void* tensor, int biased, double* out);
int fbl_variance_along(void* result, const void* tensor, int dim, int biased, int root);
/* The smallest (sign -1) or largest (sign 1) elements along a dimension and their first 1-based indices. */
int fbl_extreme_along(int sign, void* values, void* indices, const void* tensor, int dim);
/* Ordered along a dimension, with 1-based indices; equals lie where Torch7's quicksort left them. */
int fbl_sort(void* values, void* indices, const void* tensor, int dim, int descending);
/* The k-th smallest (k from 1), the k smallest or largest, and the most frequent element along a dimension, with
 * 1-based indices; which of equals is told is Torch7's choice. */
int fbl_kth(void* values, void* indices, const void* tensor, int dim, int64_t k);
int fbl_topk(void* values, void* indices, const void* tensor, int dim, int64_t k, int largest, int sorted);
int fbl_mode(void* values, void* indices, const void* tensor, int dim);
/* Comparison with a number, into bytes or into the tensor's own type. */
enum { FBL_LT = 0, FBL_GT = 1, FBL_LE = 2, FBL_GE = 3, FBL_EQ = 4, FBL_NE = 5 };
int fbl_compare(int op, void* result, const void* a, double value);
/* t[{...}]: a selector for each leading dimension. Indices count from 1, or from the end when negative. These answer
 * FBL_TOO_MANY, FBL_OUT_OF_RANGE and FBL_END_BEFORE_START without a message. */
enum { FBL_ALL = 0, FBL_INDEX = 1, FBL_SPAN = 2 };
typedef struct {
  int32_t kind;
  int32_t padding;
  int64_t first;
  int64_t last;
} fbl_selector;
int fbl_slice(void* out, const void* tensor, int n, const fbl_selector* selectors);
int fbl_slice_fill(void* tensor, int n, const fbl_selector* selectors, double value);
int fbl_slice_copy(void* tensor, int n, const fbl_selector* selectors, const void* source);
/* Rows of a dimension picked by 1-based indices, into a new or resized result. */
int fbl_index(void* result, const void* tensor, int dim, const void* indices);

/* result = beta * m + alpha * (a x b): vector or matrix by matrix or vector, by the dimensions of a and b. The result
 * must have its size unless its handle is empty; m may be the result, or NULL with beta 0. */
int fbl_product(void* result, double beta, const void* m, double alpha, const void* a, const void* b);

/* Libraries that products with matrices can use. fbl_blas_load adds OpenBLAS (the file of the scipy-openblas32 wheel);
 * the choice is timed at the first large product and kept in the folder of fbl_blas_cache (NULL: it is not kept).
 * fbl_blas_choice (vector: for matrix times vector) gives the milliseconds of each (-1: not a candidate), the number of
 * the fastest, and whether that comes from a file. */
enum { FBL_BLAS_ATEN = 0, FBL_BLAS_OPENBLAS = 1, FBL_BLAS_ONEDNN = 2, FBL_BLAS_PROVIDERS = 3 };
int fbl_blas_load(const char* path);
void fbl_blas_cache(const char* folder);
int fbl_blas_choice(int type, int vector, double* milliseconds, int* provider);
/* result = a x b for batches of matrices; the result has its size. */
int fbl_batch_product(void* result, const void* a, const void* b);

/* ---- what the dispatcher has no operator for ----------------------------------------------------------------------
 */

enum { FBL_RANGE = 0, FBL_LINEAR = 1, FBL_LOGARITHMIC = 2 };

/* Fills in row-major order: first + i * step, for FBL_LOGARITHMIC ten to that power. */
int fbl_sequence(void* tensor, int spacing, double first, double step);

/* Replaces result by the correlation (flip: convolution) of input planes (p x d x h x w) with a kernel for each
 * (p x d x h x w) or for each pair of output and input plane (o x p x d x h x w). full: wherever they overlap. */
int fbl_correlate(void* result, const void* input, const void* kernel, int full, int flip);

/* Eigenvalues (n x 2: real, imaginary) of a general matrix and, unless NULL, its eigenvectors in LAPACK's real form. */
int fbl_eig(void* values, void* vectors, const void* matrix);
/* Cholesky factor of a matrix permuted by pivots (1-based); tolerance < 0: LAPACK's own. */
int fbl_pstrf(void* factor, void* pivots, const void* matrix, int upper, double tolerance);

/* ---- any operator of the dispatcher ----------------------------------------------------------------------------- */

enum { FBL_NONE = 0, FBL_NUMBER = 1, FBL_BOOL = 2, FBL_STRING = 3, FBL_TENSOR = 4, FBL_NUMBERS = 5, FBL_TENSORS = 6 };

/* tag: one of the above. length: of strings and lists. number: FBL_NUMBER, FBL_BOOL. pointer: a tensor handle, a
 * char*, a double[], or an array of tensor handles (void*[], NULL for none).
 * In results, FBL_TENSOR has the owned TensorImpl* in pointer, its element type in length, its device in number and the
 * bytes to charge in bytes; FBL_TENSORS has an array of fbl_value of that length, to be freed with fbl_values_free. */
typedef struct {
  int32_t tag;
  int32_t length;
  double number;
  const void* pointer;
  double bytes;
} fbl_value;

/* Number of an operator such as "aten::add" "out", or -1. */
int fbl_operator(const char* name, const char* overload);
const char* fbl_operator_schema(int op);
int fbl_call(int op, int nargs, const fbl_value* args, int max_results, fbl_value* results, int* nresults);
void fbl_values_free(void* values);

/* ---- random numbers --------------------------------------------------------------------------------------------- */

/* Torch7's generator, byte for byte what torch.getRNGState() returns (5048 bytes). */
typedef struct {
  uint64_t initial_seed;
  int32_t left;
  int32_t seeded;
  uint64_t next;
  uint64_t state[624];
  double normal_x;
  double normal_y;
  double normal_rho;
  int32_t normal_is_valid;
  int32_t padding;
} fbl_generator;

enum {
  FBL_RANDOM_UNIFORM = 0,
  FBL_RANDOM_NORMAL = 1,
  FBL_RANDOM_EXPONENTIAL = 2,
  FBL_RANDOM_CAUCHY = 3,
  FBL_RANDOM_LOGNORMAL = 4,
  FBL_RANDOM_GEOMETRIC = 5,
  FBL_RANDOM_BERNOULLI = 6,
  FBL_RANDOM_INTEGER = 7,
  FBL_RANDOM_RANGE = 8
};

void fbl_generator_seed(fbl_generator* generator, uint64_t seed);
uint32_t fbl_generator_next(fbl_generator* generator);
/* One number of a distribution (FBL_RANDOM_RANGE: integers a..b). */
double fbl_random(fbl_generator* generator, int distribution, double a, double b);
/* Fills in row-major order, one draw an element. FBL_RANDOM_INTEGER: over the element type's own range. */
int fbl_random_fill(fbl_generator* generator, int distribution, void* tensor, double a, double b);
/* bernoulli with a probability for each element. */
int fbl_random_bernoulli(fbl_generator* generator, void* tensor, const void* probabilities);
int fbl_randperm(fbl_generator* generator, void* tensor, int64_t n);
int fbl_multinomial(fbl_generator* generator, void* out, const void* probabilities, int64_t count, int replacement);
int fbl_alias_setup(const void* probabilities, void* table, void* threshold);
int fbl_alias_draw(fbl_generator* generator, void* out, const void* table, const void* threshold);

#ifdef __cplusplus
}
#endif

#endif /* FBCUNN_BRIDGE_H_ */
