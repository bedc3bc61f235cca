//! A package document as bytes ready to send.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use lazaret_npm::packument::{Form, Links};
use sha2::{Digest, Sha256};

use super::{Listing, Loaded, View};
use crate::body::ReplyBody;
use crate::problem::mark_stale;

const ABBREVIATED: HeaderValue = HeaderValue::from_static("application/vnd.npm.install-v1+json");
const FULL: HeaderValue = HeaderValue::from_static("application/json");
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");
const VARIES: HeaderValue = HeaderValue::from_static("accept, accept-encoding");

/// One form and coding of a package document, and the verdicts it rests on.
pub(crate) struct Rendered {
    pub(crate) listing: Arc<Listing>,
    body: Bytes,
    etag: HeaderValue,
    content_type: HeaderValue,
    content_encoding: Option<HeaderValue>,
}

impl Rendered {
    /// Writes and packs the document. The entity tag is a hash of the packed bytes: it differs for every form and
    /// coding, and changes the instant that a verdict changes what clients see.
    pub(crate) fn new(loaded: &Loaded, view: &View, public_url: &str) -> std::io::Result<Self> {
        let listing = &loaded.listing;
        let links = Links {
            public_url,
            first_contact: listing.first_contact,
        };
        let body = view
            .encoding
            .pack(loaded.packument.body().len(), |mut out| {
                listing
                    .view(&loaded.packument)
                    .write(view.form, links, &mut out)
            })?;
        let hash = Sha256::digest(&body);
        let tag: String = hash[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let mut body = body;
        body.shrink_to_fit();
        Ok(Self {
            listing: Arc::clone(listing),
            body: body.into(),
            etag: HeaderValue::from_str(&format!("\"{tag}\"")).unwrap_or(FULL),
            content_type: match view.form {
                Form::Full => FULL,
                Form::Abbreviated => ABBREVIATED,
            },
            content_encoding: view.encoding.token().map(HeaderValue::from_static),
        })
    }

    /// 200 with the document, or 304 if the client has these very bytes.
    pub(crate) fn reply(&self, request: &HeaderMap) -> Response<ReplyBody> {
        let known = is_known(request, &self.etag);
        let mut reply = if known {
            let mut reply = Response::new(ReplyBody::empty());
            *reply.status_mut() = StatusCode::NOT_MODIFIED;
            reply
        } else {
            let mut reply = Response::new(ReplyBody::from(self.body.clone()));
            let headers = reply.headers_mut();
            headers.insert(CONTENT_TYPE, self.content_type.clone());
            if let Some(coding) = &self.content_encoding {
                headers.insert(CONTENT_ENCODING, coding.clone());
            }
            reply
        };
        let headers = reply.headers_mut();
        headers.insert(ETAG, self.etag.clone());
        headers.insert(CACHE_CONTROL, REVALIDATE);
        headers.insert(VARY, VARIES);
        if self.listing.is_stale() {
            mark_stale(&mut reply);
        }
        reply
    }

    pub(crate) fn weight(&self) -> u32 {
        u32::try_from(self.body.len() + 300).unwrap_or(u32::MAX)
    }
}

/// Whether the request's `If-None-Match` lists the tag, weakly or not (RFC 9110, 13.1.2).
pub(super) fn is_known(request: &HeaderMap, etag: &HeaderValue) -> bool {
    let listed = request
        .get(IF_NONE_MATCH)
        .and_then(|tags| tags.to_str().ok());
    listed.is_some_and(|list| {
        list.split(',').map(str::trim).any(|tag| {
            tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == etag.as_bytes()
        })
    })
}
