//! The black-box tests: the real binary against the strict STS, in one test binary.

mod blackbox;
mod support;
