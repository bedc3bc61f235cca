//! What a step takes: variables, files with secrets.

use super::network::has_flag;
use super::{READERS, Step};
use crate::secret;

pub(super) fn is_environment(step: &Step) -> bool {
    matches!(step.program.as_str(), "env" | "printenv" | "set" | "export") && step.args.is_empty()
}

pub(super) fn reads_secret(step: &Step) -> bool {
    let args: Vec<&str> = step.args.iter().map(String::as_str).collect();
    let tool = match (step.program.as_str(), args.as_slice()) {
        ("security", [first, ..]) => first.starts_with("find-") || *first == "dump-keychain",
        ("gh", ["auth", "token", ..]) => true,
        ("gcloud", ["auth", second, ..]) => second.starts_with("print-"),
        ("aws", ["configure", "get" | "export-credentials", ..]) => true,
        ("az", ["account", "get-access-token", ..]) => true,
        ("git", ["credential", ..]) => true,
        ("npm", ["token", ..]) => true,
        ("vault", ["print", "token", ..]) => true,
        ("op", ["item" | "read", ..]) => true,
        ("secret-tool", ["lookup" | "search", ..]) => true,
        ("cmdkey", _) => has_flag(step, "list"),
        _ => false,
    };
    tool || READERS.contains(&step.program.as_str()) && step.args.iter().any(|arg| secret_path(arg))
        || step.input.as_deref().is_some_and(secret_path)
}

pub(super) fn secret_path(arg: &str) -> bool {
    let arg = arg.trim_start_matches('@');
    let arg = arg
        .replace("$HOME", "~")
        .replace("${HOME}", "~")
        .replace("%USERPROFILE%", "~");
    secret::path(&arg).is_some()
}

/// `@~/.npmrc`, `token=$NPM_TOKEN`, `--upload-file=…/.ssh/id_rsa`.
pub(super) fn carries_secret(arg: &str) -> bool {
    if let Some((_, file)) = arg.split_once('@')
        && secret_path(file)
    {
        return true;
    }
    let value = arg.rsplit('=').next().unwrap_or(arg);
    if !arg.contains("://")
        && (value.starts_with('~') || value.starts_with('/') || value.starts_with("$HOME"))
        && secret_path(value)
    {
        return true;
    }
    // A header with one's own token is how services are asked; a token in a URL or a body is not.
    if arg.to_ascii_lowercase().starts_with("authorization")
        || arg.to_ascii_lowercase().contains("token:")
    {
        return false;
    }
    variables(arg).any(secret::powerful_variable)
}

/// Names after `$`, `${`, or between `%`.
pub(super) fn variables(text: &str) -> impl Iterator<Item = &str> {
    let name = |rest: &str| {
        rest.find(|character: char| !character.is_ascii_alphanumeric() && character != '_')
            .unwrap_or(rest.len())
    };
    text.match_indices(['$', '%']).filter_map(move |(at, _)| {
        let rest = text[at + 1..].trim_start_matches('{');
        let rest = rest.strip_prefix("env:").unwrap_or(rest);
        let end = name(rest);
        (end > 0).then(|| &rest[..end])
    })
}
