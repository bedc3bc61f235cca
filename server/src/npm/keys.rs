//! `GET /-/npm/v1/keys`: the upstream's signing keys, so that `npm audit signatures` keeps working.

use std::sync::Arc;

use super::Reply;
use crate::app::App;

pub(super) async fn get(app: &Arc<App>) -> Reply {
    app.passing.get(&app.mirror, "-/npm/v1/keys").await
}
