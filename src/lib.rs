//! assume-env turns an AWS role into a process environment.
//!
//! The program is the binary. This library exists for the binary, the fuzz targets and the tests: all of its modules are private, and
//! [`testing`] shows what the tests call. `src/README.md` describes the modules.

#![deny(unsafe_code)]
#![warn(missing_docs, unreachable_pub)]

mod acquire;
mod aws;
mod cli;
mod commands;
mod common;
mod config;
mod env;
mod mfa;
mod net;
mod plan;
mod process;
mod refresh;
mod session;
mod shell;
mod sys;

pub use crate::process::main;

/// What the fuzz targets and the tests call, and nothing else, by the paths that it has in the sources.
#[allow(missing_docs, reason = "each module is a part of the private one of the same name")]
pub mod testing {
    pub mod acquire {
        pub mod reuse {
            pub use crate::acquire::reuse::decide;
        }
    }
    pub mod aws {
        pub mod providers {
            pub use crate::aws::providers::{Fetched, SourceCredentials};
            pub mod imds {
                pub use crate::aws::providers::imds::parse;
            }
            pub mod process {
                pub use crate::aws::providers::process::parse;
            }
            pub mod sso_token {
                pub use crate::aws::providers::sso_token::Token;
            }
        }
        pub mod sts {
            pub use crate::aws::sts::Sts;
            pub mod clock_skew {
                pub use crate::aws::sts::clock_skew::ClockSkew;
            }
        }
    }
    pub mod cli {
        pub use crate::cli::{Command, FailureOutput, parse};
        pub mod words {
            pub use crate::cli::words::without_format;
        }
    }
    pub mod commands {
        pub mod explain {
            pub use crate::commands::explain::{Explanation, json, text};
        }
        pub mod list {
            pub use crate::commands::list::{json, names};
        }
    }
    pub mod common {
        pub mod credentials {
            pub use crate::common::credentials::{Keys, Secret};
        }
        pub mod mfa_session {
            pub use crate::common::mfa_session::MfaSession;
        }
        pub mod origin {
            pub use crate::common::origin::{Located, Origin};
        }
        pub mod report {
            pub use crate::common::report::{Exit, Report};
        }
        pub mod source_id {
            pub use crate::common::source_id::SourceId;
        }
        pub mod variables {
            pub use crate::common::variables::{EnvChange, VARIABLES};
        }
    }
    pub mod config {
        pub use crate::config::{Config, Files};
        pub mod ini {
            pub use crate::config::ini::{nested, parse};
        }
    }
    pub mod env {
        pub use crate::env::{Environment, Restore};
    }
    pub mod mfa {
        pub use crate::mfa::{CodeSource, Mfa};
    }
    pub mod plan {
        pub use crate::plan::{Plan, PlanContext, plan};
    }
    pub mod session {
        pub use crate::session::{Session, ending};
    }
    pub mod shell {
        pub use crate::shell::{Format, HookShell};
    }
}
