pub mod core_dumps;
pub mod read_limited;
pub mod signals;
pub mod stderr;
pub mod stdout;
pub mod subprocess;
pub mod tty_lock;
