//! The bucket list: all pages of S3's ListBuckets, laid out as `aws s3 ls` does.

use crate::common::text;
use std::time::Instant;

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};

use crate::common::clock;
use crate::common::text::clean;
use crate::error::Error;
use crate::net::{self, NetError, NoPointlessRetry, ServiceFailure};
use crate::plan::Plan;
use crate::session::Session;

/// The buckets on a page of the list.
const PAGE: i32 = 1_000;

/// More than an account can have by default; a list beyond that has no end.
const MOST: usize = 100_000;

/// A bucket.
#[derive(Debug)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// When it was made, in epoch seconds (UTC).
    pub created: i64,
    /// Its region, if S3 says it.
    pub region: Option<String>,
}

/// Asks S3 for every bucket that the session sees.
///
/// # Errors
/// What S3 refuses, what is no answer, and what goes wrong on the way.
pub async fn buckets(plan: &Plan, session: &Session, http: SharedHttpClient) -> Result<Vec<Bucket>, Error> {
    let keys = &session.keys;
    let token = Some(keys.token.expose().to_owned());
    let mut config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(plan.s3_region.clone()))
        .credentials_provider(Credentials::new(&keys.id, keys.secret.expose(), token, None, "assume-env"))
        .http_client(http)
        .retry_config(net::retries(plan.attempts))
        .retry_classifier(NoPointlessRetry)
        .timeout_config(net::timeouts());
    match &plan.s3_url {
        Some(url) => config = config.endpoint_url(&url.value),
        None => config = config.use_fips(plan.fips).use_dual_stack(plan.dual_stack),
    }
    let client = aws_sdk_s3::Client::from_conf(config.build());
    let mut pages = client.list_buckets().into_paginator().page_size(PAGE).send();
    let mut buckets: Vec<Bucket> = Vec::new();
    let started = Instant::now();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| failed(plan, net::trouble(&error)))?;
        if buckets.len() > MOST || started.elapsed() > net::limits::WHOLE {
            return Err(failed(plan, ServiceFailure::Net(NetError::WholeTimeout)));
        }
        buckets.extend(page.buckets.unwrap_or_default().into_iter().map(|bucket| Bucket {
            name: bucket.name.unwrap_or_default(),
            created: bucket.creation_date.map_or(0, |date| date.secs()),
            region: bucket.bucket_region,
        }));
    }
    Ok(buckets)
}

/// The address that messages name.
pub fn url(plan: &Plan) -> String {
    match &plan.s3_url {
        Some(url) => url.value.clone(),
        None => format!("S3 in {}", plan.s3_region),
    }
}

fn failed(plan: &Plan, trouble: ServiceFailure) -> Error {
    match trouble {
        ServiceFailure::Refused { code, message } => {
            Error::ActionRefused { service: "S3", action: "ListBuckets", code, message }
        }
        trouble => Error::no_answer("S3", &url(plan), trouble),
    }
}

/// The layout of `aws s3 ls`: local time, name.
pub fn table(buckets: &[Bucket]) -> String {
    let line = |bucket: &Bucket| format!("{} {}\n", clock::local(bucket.created), clean(&bucket.name));
    buckets.iter().map(line).collect()
}

/// The members that `aws s3api list-buckets` has.
pub fn json(buckets: &[Bucket]) -> String {
    let list: Vec<serde_json::Value> = buckets
        .iter()
        .map(|bucket| {
            let mut entry = serde_json::json!({
                "Name": bucket.name,
                "CreationDate": clock::utc(bucket.created),
            });
            if let Some(region) = &bucket.region {
                entry["BucketRegion"] = serde_json::json!(region);
            }
            entry
        })
        .collect();
    text::json(&serde_json::json!({ "Buckets": list }))
}
