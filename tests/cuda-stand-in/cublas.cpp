// cuBLAS: its handle, and products that are counted as kernels.
#include "stand_in.h"

struct Handle {
    void* stream;
    int math_mode;
};

#define PRODUCT(name)                            \
    int name(Handle* handle) {                   \
        return StandInLaunch(handle->stream);    \
    }

extern "C" {

int cublasCreate_v2(Handle** handle) {
    *handle = new Handle();
    return 0;
}

int cublasDestroy_v2(Handle* handle) {
    delete handle;
    return 0;
}

int cublasSetStream_v2(Handle* handle, void* stream) {
    handle->stream = stream;
    return 0;
}

int cublasSetMathMode(Handle* handle, int mode) {
    handle->math_mode = mode;
    return 0;
}

int cublasGetMathMode(Handle* handle, int* mode) {
    *mode = handle->math_mode;
    return 0;
}

const char* cublasGetStatusName(int) {
    return "status";
}

const char* cublasGetStatusString(int) {
    return "status";
}

PRODUCT(cublasDgeam)
PRODUCT(cublasDgemmBatched)
PRODUCT(cublasDgemmStridedBatched)
PRODUCT(cublasDgemm_v2)
PRODUCT(cublasDgetrfBatched)
PRODUCT(cublasDgetriBatched)
PRODUCT(cublasGemmBatchedEx)
PRODUCT(cublasGemmEx)
PRODUCT(cublasGemmStridedBatchedEx)
PRODUCT(cublasScopy_v2)
PRODUCT(cublasSgeam)
PRODUCT(cublasSgemmBatched)
PRODUCT(cublasSgemmStridedBatched)
PRODUCT(cublasSgemm_v2)
PRODUCT(cublasSgetrfBatched)
PRODUCT(cublasSgetriBatched)
PRODUCT(cublasSscal_v2)

}
