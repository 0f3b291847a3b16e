//! Sources that a service serves: the portal of IAM Identity Center, the container, the instance metadata.

use aws_sdk_sts::config::SharedHttpClient;

use crate::aws::providers::error::Error;
use crate::aws::providers::fetched::Fetched;
use crate::aws::providers::{ecs, imds, sso};
use crate::plan::Plan;
use crate::plan::source::{Container, Instance, Sso};

/// A source that a service serves.
pub(crate) enum RemoteProvider<'a> {
    /// A role of IAM Identity Center.
    Sso(&'a Sso),
    /// The container's credentials (ECS, EKS Pod Identity).
    Container(&'a Container),
    /// The instance's role (EC2).
    Instance(&'a Instance),
}

impl RemoteProvider<'_> {
    /// Fetches the credentials. `http` sends the requests to IAM Identity Center; the others have a client of
    /// their own.
    ///
    /// # Errors
    /// A refusal, an answer without usable credentials, no answer.
    pub(crate) async fn fetch(&self, plan: &Plan, http: SharedHttpClient) -> Result<Fetched, Error> {
        let credentials = match self {
            Self::Sso(sso) => sso::credentials(sso, None, plan.attempts, http).await?,
            Self::Container(container) => ecs::credentials(container, plan.ca_bundle.as_ref()).await?,
            Self::Instance(instance) => imds::credentials(instance, plan.ca_bundle.as_ref()).await?,
        };
        Ok(Fetched::Credentials(credentials))
    }
}
