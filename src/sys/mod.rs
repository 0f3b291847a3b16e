pub(crate) mod core_dumps;
pub(crate) mod read_limited;
pub(crate) mod signals;
pub(crate) mod stderr;
pub(crate) mod stdout;
pub(crate) mod subprocess;
pub(crate) mod terminal;
pub(crate) mod tty_lock;
