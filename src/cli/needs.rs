//! What a flag needs, so that it can have an effect. The table of flags has a column of it, and the plan
//! checks it: a flag without an effect is an error, because a session without it could have more power than
//! the user asked for.

/// What a flag needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// A role that is assumed, with keys or with a web identity token.
    Role,
    /// A role that is assumed with keys, which sign the request (AssumeRole).
    SigningKeys,
    /// A user's MFA device.
    Mfa,
    /// Any STS call that makes a session.
    StsCall,
    /// Nothing of the kind: the flag works with every source.
    Nothing,
}
