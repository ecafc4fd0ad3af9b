// cuDNN: descriptions that nobody reads, and operations that are counted as kernels. Its graph interface says that one engine suits everything.
#include "stand_in.h"

#include <cstdlib>
#include <cstring>

struct Handle {
    void* stream;
};

#define DESCRIPTION(name)                                \
    int cudnnCreate##name##Descriptor(void** result) {   \
        *result = malloc(1);                             \
        return 0;                                        \
    }                                                    \
    int cudnnDestroy##name##Descriptor(void* given) {    \
        free(given);                                     \
        return 0;                                        \
    }

#define OPERATION(name)                          \
    int name(Handle* handle) {                   \
        return StandInLaunch(handle->stream);    \
    }

#define NOTHING(name)    \
    int name() {         \
        return 0;        \
    }

// Numbers of cudnnBackendAttributeName_t.
constexpr int kEngineNumericalNotes = 1303;
constexpr int kEngineBehaviorNotes = 1305;

// Numbers of cudnnBackendAttributeType_t.
constexpr int kBackendDescriptor = 15;

static size_t WidthOf(int type) {
    switch (type) {
        case 0:   // handle
        case 3:   // int64
        case 5:   // double
        case 6:   // pointer
            return 8;
        case 2:   // bool
        case 24:  // char
            return 1;
        default:
            return 4;
    }
}

extern "C" {

size_t cudnnGetVersion() {
    return 91200;
}

size_t cudnnGetCudartVersion() {
    return 13000;
}

const char* cudnnGetErrorString(int) {
    return "status";
}

void cudnnGetLastErrorString(char* message, size_t size) {
    if (size > 0) {
        *message = 0;
    }
}

int cudnnCreate(Handle** handle) {
    *handle = new Handle();
    return 0;
}

int cudnnDestroy(Handle* handle) {
    delete handle;
    return 0;
}

int cudnnSetStream(Handle* handle, void* stream) {
    handle->stream = stream;
    return 0;
}

int cudnnGetStream(Handle* handle, void** stream) {
    *stream = handle->stream;
    return 0;
}

int cudnnBackendCreateDescriptor(int, void** descriptor) {
    *descriptor = malloc(1);
    return 0;
}

int cudnnBackendDestroyDescriptor(void* descriptor) {
    free(descriptor);
    return 0;
}

NOTHING(cudnnBackendInitialize)
NOTHING(cudnnBackendFinalize)
NOTHING(cudnnBackendSetAttribute)

int cudnnBackendGetAttribute(void*, int name, int type, int64_t wanted, int64_t* count, void* values) {
    if (count != nullptr) {
        *count = name == kEngineNumericalNotes || name == kEngineBehaviorNotes ? 0 : 1;
    }

    // Descriptors are the caller's, which has made them beforehand.
    if (values != nullptr && type != kBackendDescriptor) {
        memset(values, 0, static_cast<size_t>(wanted) * WidthOf(type));
    }

    return 0;
}

OPERATION(cudnnBackendExecute)

DESCRIPTION(Activation)
DESCRIPTION(Convolution)
DESCRIPTION(Filter)
DESCRIPTION(ReduceTensor)
DESCRIPTION(Tensor)
NOTHING(cudnnDeriveBNTensorDescriptor)
NOTHING(cudnnSetActivationDescriptor)
NOTHING(cudnnSetConvolutionGroupCount)
NOTHING(cudnnSetConvolutionMathType)
NOTHING(cudnnSetConvolutionNdDescriptor)
NOTHING(cudnnSetFilter4dDescriptor)
NOTHING(cudnnSetFilterNdDescriptor)
NOTHING(cudnnSetReduceTensorDescriptor)
NOTHING(cudnnSetTensor4dDescriptor)
NOTHING(cudnnSetTensorNdDescriptor)

int cudnnGetReductionIndicesSize(Handle*, void*, void*, void*, size_t* size) {
    *size = 0;
    return 0;
}

int cudnnGetReductionWorkspaceSize(Handle*, void*, void*, void*, size_t* size) {
    *size = 0;
    return 0;
}

OPERATION(cudnnActivationForward)
OPERATION(cudnnAddTensor)
OPERATION(cudnnBatchNormalizationForwardInference)
OPERATION(cudnnBatchNormalizationForwardTraining)
OPERATION(cudnnReduceTensor)
OPERATION(cudnnSoftmaxForward)

}
