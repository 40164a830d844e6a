/* The kernels of layers that ATen has no equal of, or a slower one. Entries return 0, FBL_ERROR or FBL_OUT_OF_MEMORY,
 * as those of bridge.h do, and are read by LuaJIT after it. */
#pragma once

#include "bridge/bridge.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a window slides over an image. transposed: the window of a full convolution, whose output it slides over. */
typedef struct {
  int32_t kernel_w, kernel_h;
  int32_t stride_w, stride_h;
  int32_t padding_w, padding_h;
  int32_t dilation_w, dilation_h;
  int32_t adjustment_w, adjustment_h;
  int32_t transposed;
} fbl_window;

/* Convolution of planes x H x W or a batch of those with weight (output planes x input planes x kH x kW, the planes the
 * other way round when transposed; flattened from the second dimension on or not) and its two gradients. Float and
 * double on the CPU. Results are resized; fbl_convolve_weight adds scale times the gradient. bias may be NULL. */
int fbl_convolve(void* output, const void* input, const void* weight, const void* bias, const fbl_window* window);
int fbl_convolve_input(void* grad_input, const void* input, const void* grad_output, const void* weight,
                       const fbl_window* window);
int fbl_convolve_weight(void* grad_weight, void* grad_bias, const void* input, const void* grad_output, double scale,
                        const fbl_window* window);

/* The same over a connection table (rows: input plane, output plane, from 1) with a kernel for each row (rows x kH x
 * kW). Input planes beyond input_planes take no part. */
typedef struct {
  int32_t input_planes, output_planes;
  int32_t stride_w, stride_h;
  int32_t transposed;
} fbl_connections;

int fbl_connect(void* output, const void* input, const void* weight, const void* bias, const void* table,
                const fbl_connections* connections);
int fbl_connect_input(void* grad_input, const void* input, const void* grad_output, const void* weight,
                      const void* table, const fbl_connections* connections);
int fbl_connect_weight(void* grad_weight, void* grad_bias, const void* input, const void* grad_output,
                       const void* table, double scale, const fbl_connections* connections);

/* y = W x + b for a vector or rows of a matrix, and its gradients. bias may be NULL; fbl_linear_weight adds scale times
 * the gradient. */
int fbl_linear(void* output, const void* input, const void* weight, const void* bias);
int fbl_linear_input(void* grad_input, const void* input, const void* grad_output, const void* weight);
int fbl_linear_weight(void* grad_weight, void* grad_bias, const void* input, const void* grad_output, double scale);

/* Adds scale times each row of gradients to the row of grad_weight whose number (from 1) stands in its place in the
 * LongTensor numbers; those for row `ignored` do not count. */
int fbl_lookup_weight(void* grad_weight, const void* numbers, const void* gradients, double scale, int64_t ignored);

/* Gradients of FBL_SIGMOID and FBL_TANH from their results. */
int fbl_unary_input(int op, void* grad_input, const void* grad_output, const void* output);

/* Normalised exponentials (or their logarithms) over classes: the first dimension of 1-D and 3-D tensors, the second of
 * 2-D and 4-D ones; and their gradient from the result. */
int fbl_softmax(void* output, const void* input, int logarithm);
int fbl_softmax_input(void* grad_input, const void* grad_output, const void* output, int logarithm);

/* Minus the sum (or weighted mean) of the log-probabilities that class numbers (from 1) pick, and the sum of the
 * weights; rows of class `ignored` do not count. weights may be NULL. */
int fbl_likelihood(void* output, void* total_weight, const void* input, const void* target, const void* weights,
                   int average, int64_t ignored);
int fbl_likelihood_input(void* grad_input, const void* total_weight, const void* input, const void* target,
                         const void* weights, int average, int64_t ignored);

/* Losses between tensors of equal element counts, summed one by one in the element type: squares and absolute values of
 * differences, Huber's, max(0, margin - x t), log(1 + exp(-x t)), t (log t - x) of positive t, binary cross entropy.
 * output: one element. weights (one for each element; cross entropy only) may be NULL. */
enum {
  FBL_LOSS_SQUARE,
  FBL_LOSS_ABSOLUTE,
  FBL_LOSS_SMOOTH,
  FBL_LOSS_HINGE,
  FBL_LOSS_SOFT_HINGE,
  FBL_LOSS_DIVERGENCE,
  FBL_LOSS_CROSS_ENTROPY,
};
int fbl_loss(int kind, void* output, const void* input, const void* target, const void* weights, double margin,
             int average);
int fbl_cross_entropy_input(void* grad_input, const void* input, const void* target, int average);

/* Batch normalisation of every dimension but the second, and its gradients (any of which may be NULL; those of weight
 * and bias are added to, scale times). Tensor handles with an element for each feature, contiguous; weight and bias may
 * be NULL. In training running_mean and running_var move towards the batch's, and save_mean and save_std (the inverse
 * deviation) receive what the backward pass needs. */
typedef struct {
  const void *weight, *bias;
  const void *running_mean, *running_var;
  const void *save_mean, *save_std;
} fbl_batch_statistics;

int fbl_batch_norm(void* output, const void* input, const fbl_batch_statistics* statistics, int train, double momentum,
                   double eps);
int fbl_batch_norm_backward(void* grad_input, void* grad_weight, void* grad_bias, const void* input,
                            const void* grad_output, const fbl_batch_statistics* statistics, int train, double scale,
                            double eps);

/* The largest element of each window of planes x H x W or a batch of those, and its place in its plane, from 1 (0 where
 * a window holds none but NaN or minus infinity). ceil: the last window may reach over the border. */
int fbl_max_pool(void* output, void* places, const void* input, const fbl_window* window, int ceil);
int fbl_max_pool_input(void* grad_input, const void* input, const void* grad_output, const void* places);

#ifdef __cplusplus
}
#endif
