//! Keys are in a process environment and nowhere else. [`trace`] records every system call by which a byte can leave a process,
//! [`leaks`] looks for secrets in them, and the tests run every mode under that: [`disk`] alone and inside a shell, [`hooks`] with
//! somebody typing. [`memory`] looks into the process itself.

mod disk;
mod leaks;
mod trace;
