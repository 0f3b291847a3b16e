//! Sources that a service serves: the portal of IAM Identity Center, the container, the instance metadata.

use aws_sdk_sts::config::SharedHttpClient;

use crate::aws::providers::error::Error;
use crate::aws::providers::fetched::Fetched;
use crate::aws::providers::{ecs, imds, sso};
use crate::plan::source::{Container, Instance, Sso};

/// A source that a service serves.
pub enum RemoteProvider<'a> {
    /// A role of IAM Identity Center.
    Sso(&'a Sso),
    /// The container's credentials (ECS, EKS Pod Identity).
    Container(&'a Container),
    /// The instance's role (EC2).
    Instance(&'a Instance),
}

impl RemoteProvider<'_> {
    /// Fetches the credentials. `attempts` is the highest number of tries of a request to IAM Identity
    /// Center; the others have limits of their own.
    ///
    /// # Errors
    /// A refusal, an answer without usable credentials, no answer.
    pub async fn fetch(&self, attempts: u32, http: SharedHttpClient) -> Result<Fetched, Error> {
        let credentials = match self {
            Self::Sso(sso) => sso::credentials(sso, attempts, http).await?,
            Self::Container(container) => ecs::credentials(container).await?,
            Self::Instance(instance) => imds::credentials(instance).await?,
        };
        Ok(Fetched::Credentials(credentials))
    }
}
