//! Keys are in a process environment and nowhere else. [`trace`] records every system call by which a byte can leave a process,
//! [`leaks`] looks for secrets in them, and the tests run every mode under that: [`disk`] alone and inside a shell, [`typed`] with
//! somebody at a terminal. [`memory`] looks into the process itself, [`peers`] tries to as another process of the same user;
//! [`refresh`] does all of this to keys that
//! renew themselves; [`lean`] takes the machine away from it, and [`crowd`] starts it two hundred times at once.

mod crowd;
mod disk;
pub mod leaks;
mod lean;
mod memory;
mod peers;
mod refresh;
mod trace;
mod typed;
