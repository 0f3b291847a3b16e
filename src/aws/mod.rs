pub mod providers;
pub mod s3;
pub mod service;
pub mod sts;
