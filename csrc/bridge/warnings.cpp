// PyTorch warns of how its own functions are called, which scripts for Torch7 neither see nor can change.
#include <c10/util/Exception.h>

#include "bridge/bridge.h"

namespace {

class Silent : public c10::WarningHandler {
 public:
  void process(const c10::Warning& /*warning*/) override {}
};

Silent silent;

}  // namespace

extern "C" {

void fbl_silence_warnings(void) { c10::WarningUtils::set_warning_handler(&silent); }
}
