//! assume-env turns an AWS role into a process environment.

#[cfg(target_env = "musl")]
use dlmalloc::GlobalDlmalloc as Memory;
#[cfg(not(target_env = "musl"))]
use std::alloc::System as Memory;

use zeroizing_alloc::ZeroAlloc;

/// Memory that is given back is wiped first. The secrets of this program wipe themselves; the copies that the SDK, hyper, rustls
/// and std make would remain. Below it is the allocator of the system; with musl, another one, because musl's own asks the kernel for
/// memory so often that `--list` of 10,000 profiles takes a third more time.
#[global_allocator]
static WIPING: ZeroAlloc<Memory> = ZeroAlloc(Memory);

fn main() {
    assume_env::main()
}
