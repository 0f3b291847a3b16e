//! What a command line asks for: one command with its own parameters.

use std::ffi::OsString;

use crate::common::console_page::ConsolePage;
use crate::common::name_template::NameTemplate;
use crate::shell::Format;
use crate::shell::HookShell;
use crate::shell::function_name::Parts;

/// A command with its parameters.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Print the text that sets the variables.
    Print {
        /// The dialect of the text.
        format: Format,
        /// Whether the dialect was typed.
        format_typed: bool,
        /// Print keys even to a terminal or a file.
        show: bool,
    },
    /// Replace this process by a program.
    Run {
        /// The program.
        program: OsString,
        /// Its arguments, unchanged.
        args: Vec<OsString>,
    },
    /// Ask STS who the session is.
    Whoami {
        /// Answer in JSON.
        json: bool,
    },
    /// List the buckets that the session sees.
    Buckets {
        /// Answer in JSON.
        json: bool,
    },
    /// Explain what a role leads to, without asking AWS.
    Explain {
        /// Answer in JSON.
        json: bool,
    },
    /// Describe the session that the environment holds.
    Status {
        /// Answer in JSON.
        json: bool,
    },
    /// Print the text that ends the session.
    Clear {
        /// The dialect of the text.
        format: Format,
        /// Whether the dialect was typed.
        format_typed: bool,
    },
    /// Print the hook of a shell.
    Init {
        /// The shell.
        shell: HookShell,
        /// The parts of the hook that are wanted.
        parts: Parts,
    },
    /// Print a completion file.
    Completions {
        /// The shell.
        shell: HookShell,
    },
    /// Say what fits at a place of the command line.
    Complete {
        /// What the shell hands over.
        asked: Vec<OsString>,
    },
    /// Print the text that drops the MFA session of a shell.
    Forget {
        /// The dialect of the text.
        format: Format,
        /// Whether the dialect was typed.
        format_typed: bool,
    },
    /// List the profiles.
    List {
        /// Answer in JSON.
        json: bool,
    },
    /// Sign in to IAM Identity Center.
    Login,
    /// List the roles that a user has in IAM Identity Center.
    SsoRoles {
        /// Answer in JSON.
        json: bool,
        /// Print profiles with names by this template instead.
        names: Option<NameTemplate>,
    },
    /// End a login of IAM Identity Center.
    Logout {
        /// End all of them.
        all: bool,
    },
    /// Open the AWS console.
    Console {
        /// The page.
        page: ConsolePage,
        /// Print the address and open no browser.
        url: bool,
        /// Print an address that is a secret even to a terminal or a file.
        show: bool,
    },
    /// One screen of help.
    ShortHelp,
    /// The manual.
    LongHelp,
    /// The version.
    Version,
}

impl Command {
    /// Whether it changes the shell, so that the function of a hook evaluates its answer. The output of every
    /// other one is the user's, and so is a text whose format is typed.
    pub(crate) fn changes_shell(&self) -> bool {
        match self {
            Self::Print { format_typed, show, .. } => !format_typed && !show,
            Self::Clear { format_typed, .. } | Self::Forget { format_typed, .. } => !format_typed,
            _ => false,
        }
    }
}

/// The commands by name, for the table of flags and for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommandKind {
    /// Print the variables.
    Print,
    /// Run a command.
    Run,
    /// `--whoami`.
    Whoami,
    /// `--buckets`.
    Buckets,
    /// `--clear`.
    Clear,
    /// `--forget`.
    Forget,
    /// `--init`.
    Init,
    /// `--completions`.
    Completions,
    /// `--list`.
    List,
    /// `--explain`.
    Explain,
    /// `--status`.
    Status,
    /// `--login`.
    Login,
    /// `--logout`.
    Logout,
    /// `--sso-roles`.
    SsoRoles,
    /// `--console`.
    Console,
}

impl CommandKind {
    /// All of them.
    pub(crate) const ALL: [Self; 15] = [
        Self::Print,
        Self::Run,
        Self::Whoami,
        Self::Buckets,
        Self::Clear,
        Self::Forget,
        Self::Init,
        Self::Completions,
        Self::List,
        Self::Explain,
        Self::Status,
        Self::Login,
        Self::Logout,
        Self::SsoRoles,
        Self::Console,
    ];

    /// Its name in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Print => "printing the variables",
            Self::Run => "running a command",
            Self::Whoami => "--whoami",
            Self::Buckets => "--buckets",
            Self::Clear => "--clear",
            Self::Forget => "--forget",
            Self::Init => "--init",
            Self::Completions => "--completions",
            Self::List => "--list",
            Self::Explain => "--explain",
            Self::Status => "--status",
            Self::Login => "--login",
            Self::Logout => "--logout",
            Self::SsoRoles => "--sso-roles",
            Self::Console => "--console",
        }
    }

    /// Whether it takes a role.
    pub(crate) fn takes_role(self) -> bool {
        match self {
            Self::Print | Self::Run | Self::Whoami | Self::Buckets | Self::Explain | Self::Console => true,
            // The profile that leads to the login.
            Self::Login | Self::Logout => true,
            // The session.
            Self::SsoRoles => true,
            Self::Clear | Self::Forget | Self::Init | Self::Completions | Self::List | Self::Status => false,
        }
    }

    /// Whether its standard output is a text that a shell evaluates.
    pub(crate) fn is_evaluated(self) -> bool {
        matches!(self, Self::Print | Self::Clear | Self::Forget | Self::Init)
    }
}
