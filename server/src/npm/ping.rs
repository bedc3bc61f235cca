//! `GET /-/ping`: lazaret itself answers, whatever the upstream does.

use super::{Reply, json};

pub(super) fn get() -> Reply {
    Ok(json("{}"))
}
