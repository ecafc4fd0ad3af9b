// What the libraries of the stand-in have in common.
#pragma once

#include <cstddef>
#include <cstdint>

struct StandInCopies {
    uint64_t count = 0;
    uint64_t bytes = 0;
};

struct StandInCounters {
    StandInCopies to_device;
    StandInCopies to_host;
    StandInCopies on_device;
    uint64_t kernels = 0;
    uint64_t captures = 0;
    uint64_t graphs = 0;
    uint64_t graph_launches = 0;
    uint64_t allocations = 0;
    uint64_t memory = 0;
    uint64_t refusals = 0;
};

extern "C" {

// Gives what was counted since the start; memory and graphs are those that are there now.
void StandInRead(StandInCounters* result);

// A kernel of another library.
int StandInLaunch(void* stream);

}
