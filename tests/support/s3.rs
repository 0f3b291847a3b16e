//! S3's ListBuckets, with pages, as the S3 API reference describes it. Only the sessions of roles
//! marked `s3_full` may list. S3 has its own error document and its own codes for a request that
//! it does not believe, so it maps the shared checks itself.

use std::collections::BTreeMap;

use super::caller::{Caller, Rejected};
use super::session::Principal;
use super::sts::Refusal;
use super::world::World;
use super::xml::element;

/// S3's words for a request that is not believed.
pub fn refusal(rejected: Rejected) -> Refusal {
    let malformed = |why: String| {
        let message = format!("The authorization header is malformed; {why}");
        Refusal::new(400, "AuthorizationHeaderMalformed", message)
    };
    match rejected {
        Rejected::Unsigned => Refusal::new(403, "AccessDenied", "Access Denied"),
        Rejected::Malformed(why) | Rejected::Scope(why) => malformed(why),
        Rejected::Uncovered => Refusal::new(
            403,
            "AccessDenied",
            "There were headers present in the request which were not signed",
        ),
        Rejected::Skewed(_) => Refusal::new(
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        ),
        Rejected::UnknownKey => Refusal::new(
            403,
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
        ),
        Rejected::WrongSignature => Refusal::new(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. \
             Check your key and signing method.",
        ),
        Rejected::WrongBodyHash => Refusal::new(
            400,
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ),
        Rejected::WrongToken | Rejected::RegionDisabled(_) => {
            Refusal::new(400, "InvalidToken", "The provided token is malformed or otherwise invalid.")
        }
        Rejected::Expired => Refusal::new(400, "ExpiredToken", "The provided token has expired."),
    }
}

/// Answers `GET /`.
pub fn list_buckets(
    world: &World,
    caller: &Caller,
    params: &BTreeMap<String, String>,
) -> Result<String, Refusal> {
    if !may_list(world, caller) {
        return Err(Refusal::new(
            403,
            "AccessDenied",
            format!(
                "User: {} is not authorized to perform: s3:ListAllMyBuckets because no \
                 identity-based policy allows the s3:ListAllMyBuckets action",
                caller.arn
            ),
        ));
    }
    let page = Page::read(world, params)?;
    let buckets = world.buckets();
    let end = (page.start + page.size).min(buckets.len());
    let mut listed = String::new();
    for bucket in &buckets[page.start..end] {
        listed.push_str(&format!(
            "<Bucket>{}{}{}</Bucket>",
            element("Name", &bucket.name),
            element("CreationDate", &bucket.created.replace('Z', ".000Z")),
            element("BucketRegion", &bucket.region)
        ));
    }
    let more = match end < buckets.len() {
        true => element("ContinuationToken", &token_for(end)),
        false => String::new(),
    };
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <ListAllMyBucketsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Owner>{}</Owner><Buckets>{listed}</Buckets>{more}</ListAllMyBucketsResult>",
        element("ID", &format!("{:0>64}", caller.account))
    ))
}

fn may_list(world: &World, caller: &Caller) -> bool {
    match &caller.principal {
        Principal::User(_) => false,
        Principal::Role(arn) => world.find_role(arn).is_some_and(|role| role.s3_full),
    }
}

/// Which buckets the client asks for.
struct Page {
    start: usize,
    size: usize,
}

impl Page {
    fn read(world: &World, params: &BTreeMap<String, String>) -> Result<Self, Refusal> {
        let invalid = |message: &str| Refusal::new(400, "InvalidArgument", message);
        let cap = world.bucket_page_size();
        let mut page = Self { start: 0, size: cap };
        for (name, value) in params {
            match name.as_str() {
                // Which operation is meant; the Rust SDK says it in every request.
                "x-id" if value == "ListBuckets" => {}
                "max-buckets" => {
                    let asked: Option<usize> = value.parse().ok();
                    let asked = asked.filter(|size| (1..=10000).contains(size));
                    let message = "Argument max-buckets must be an integer between 1 and 10000";
                    page.size = asked.ok_or_else(|| invalid(message))?.min(cap);
                }
                "continuation-token" => {
                    let known = (1..world.buckets().len()).find(|end| token_for(*end) == *value);
                    let message = "The continuation token provided is incorrect";
                    page.start = known.ok_or_else(|| invalid(message))?;
                }
                _ => return Err(invalid("This server knows no such parameter")),
            }
        }
        Ok(page)
    }
}

/// Opaque to clients, and full of characters that must be encoded on the way back.
fn token_for(end: usize) -> String {
    format!("TEST/token+{end:0>6}&==")
}
