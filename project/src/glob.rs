//! Patterns of workspaces: `packages/*`, `apps/**`, `!packages/old`.

/// Whether a folder is named by these patterns; one that begins with `!` takes folders out again.
pub(crate) fn matches<'p>(patterns: impl IntoIterator<Item = &'p str>, folder: &str) -> bool {
    let mut is_in = false;
    for pattern in patterns {
        match pattern.strip_prefix('!') {
            Some(out) if is_in => is_in = !one(out, folder),
            Some(_) => {}
            None => is_in |= one(pattern, folder),
        }
    }
    is_in
}

fn one(pattern: &str, folder: &str) -> bool {
    let parts = |path: &str| -> Vec<String> {
        let parts = path
            .split('/')
            .filter(|part| !part.is_empty() && *part != ".");
        parts.map(str::to_owned).collect()
    };
    let (pattern, folder) = (parts(pattern), parts(folder));
    // `reached[n]`: the pattern so far can match the first n parts.
    let mut reached = vec![false; folder.len() + 1];
    reached[0] = true;
    for part in &pattern {
        let mut next = vec![false; folder.len() + 1];
        if part == "**" {
            let mut any = false;
            for (index, is_reached) in reached.iter().enumerate() {
                any |= is_reached;
                next[index] = any;
            }
        } else {
            for (index, name) in folder.iter().enumerate() {
                next[index + 1] = reached[index] && segment(part.as_bytes(), name.as_bytes());
            }
        }
        reached = next;
    }
    reached[folder.len()]
}

/// One name, in which `*` is anything.
fn segment(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut in_name) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while in_name < name.len() {
        if at < pattern.len() && pattern[at] == b'*' {
            star = Some((at, in_name));
            at += 1;
        } else if at < pattern.len() && (pattern[at] == name[in_name] || pattern[at] == b'?') {
            at += 1;
            in_name += 1;
        } else if let Some((star_at, from)) = star {
            at = star_at + 1;
            in_name = from + 1;
            star = Some((star_at, from + 1));
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_workspaces_name_folders() {
        let all = ["packages/*", "./apps/**", "tools/a-*-z", "!packages/old"];
        let matches = |folder| matches(all, folder);
        assert!(matches("packages/a"));
        assert!(matches("apps"));
        assert!(matches("apps/b/c"));
        assert!(matches("tools/a-b-c-z"));
        assert!(!matches("packages/old"));
        assert!(!matches("packages/a/b"));
        assert!(!matches("tools/a-z"));
        assert!(!matches(""));
    }
}
