//! The black-box tests: the real binary against the strict STS, and the properties of single rooms, in one test binary.

mod blackbox;
mod properties;
mod support;
