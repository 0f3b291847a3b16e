//! What a flag of the session needs, so that it can have an effect.

/// What the last step to the session must be, so that a flag can have an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// A role that is assumed.
    Role,
    /// A role that is assumed with access keys, which sign the request.
    SigningKeys,
    /// A user's keys, since MFA devices belong to users.
    Mfa,
    /// Any call of STS.
    StsCall,
    /// Nothing: the flag always has an effect, or none on the session.
    Nothing,
}
