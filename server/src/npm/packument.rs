//! `GET /{name}`: the package document without its held versions.

use std::sync::Arc;

use http::HeaderMap;
use http::header::ACCEPT;
use lazaret_npm::PackageName;
use lazaret_npm::packument::Form;

use super::Reply;
use crate::app::App;
use crate::encoding::Encoding;
use crate::mirror::View;

pub(super) async fn get(app: &Arc<App>, name: PackageName, headers: &HeaderMap) -> Reply {
    let view = View {
        name,
        form: form(headers),
        encoding: Encoding::negotiate(headers),
    };
    let rendered = app.mirror.document(view).await?;
    Ok(rendered.reply(headers))
}

/// npm, pnpm, yarn 1 and bun ask for the abbreviated form by naming its media type.
fn form(headers: &HeaderMap) -> Form {
    let abbreviated = headers.get_all(ACCEPT).iter().any(|accept| {
        accept
            .to_str()
            .is_ok_and(|accept| accept.contains("application/vnd.npm.install-v1+json"))
    });
    if abbreviated {
        Form::Abbreviated
    } else {
        Form::Full
    }
}
