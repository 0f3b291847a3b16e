//! assume-env turns an AWS role into a process environment.

use std::alloc::System;

use zeroizing_alloc::ZeroAlloc;

/// Memory that is given back is wiped first. The secrets of this program wipe themselves; the copies that the SDK, hyper, rustls
/// and std make would remain.
#[global_allocator]
static WIPING: ZeroAlloc<System> = ZeroAlloc(System);

fn main() {
    assume_env::main()
}
