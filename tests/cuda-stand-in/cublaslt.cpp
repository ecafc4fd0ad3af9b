// cuBLASLt: descriptions that nobody reads, and products that are counted as kernels.
#include "stand_in.h"

#include <cstdlib>
#include <cstring>

#define DESCRIPTION(name)                                       \
    int name##Create(void** description) {                      \
        *description = malloc(1);                               \
        return 0;                                               \
    }                                                           \
    int name##Destroy(void* description) {                      \
        free(description);                                      \
        return 0;                                               \
    }                                                           \
    int name##SetAttribute(void*, int, const void*, size_t) {   \
        return 0;                                               \
    }

extern "C" {

DESCRIPTION(cublasLtMatmulDesc)
DESCRIPTION(cublasLtMatmulPreference)
DESCRIPTION(cublasLtMatrixLayout)
DESCRIPTION(cublasLtMatrixTransformDesc)

int cublasLtCreate(void** handle) {
    *handle = malloc(1);
    return 0;
}

int cublasLtDestroy(void* handle) {
    free(handle);
    return 0;
}

int cublasLtMatmulAlgoConfigSetAttribute(void*, int, const void*, size_t) {
    return 0;
}

int cublasLtMatmulAlgoInit(void*, int, int, int, int, int, int, int, void*) {
    return 0;
}

// cublasLtMatmulHeuristicResult_t has 96 bytes.
int cublasLtMatmulAlgoGetHeuristic(void*, void*, void*, void*, void*, void*, void*, int, void* result, int* count) {
    memset(result, 0, 96);
    *count = 1;
    return 0;
}

int cublasLtMatmul(
    void*, void*, const void*, const void*, void*, const void*, void*, const void*, const void*, void*, void*, void*, const void*, void*, size_t, void* stream) {
    return StandInLaunch(stream);
}

int cublasLtMatrixTransform(void*, void*, const void*, const void*, void*, const void*, const void*, void*, void*, void*, void* stream) {
    return StandInLaunch(stream);
}

}
