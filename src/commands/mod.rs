pub mod explain;
pub mod init;
pub mod list;
pub mod run;
pub mod status;
pub mod summary;
