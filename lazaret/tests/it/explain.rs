//! `lazaret explain`.

use crate::harness::Home;
use insta::assert_snapshot;

#[test]
fn prints_the_page_of_a_rule() {
    let home = Home::new();
    let detector = home.run(&["explain", "wallet-swap"]);
    assert_eq!(detector.code, Some(0));
    assert!(
        detector.stdout.contains("## Flagged"),
        "{}",
        detector.stdout
    );
    let rule = home.run(&["explain", "cooldown"]);
    assert!(rule.stdout.starts_with("# cooldown\n"), "{}", rule.stdout);
    let copied = home.run(&["explain", "Wallet_Swap"]);
    assert_eq!(copied.stdout, detector.stdout);
}

#[test]
fn lists_all_rules_with_their_titles() {
    let list = Home::new().run(&["explain"]);
    assert_eq!(list.code, Some(0));
    for line in ["  wallet-swap ", "  malicious ", "  install-script "] {
        let found = list.stdout.lines().find(|found| found.starts_with(line));
        let title = found.map(|found| found[line.len()..].trim().len());
        assert!(title > Some(5), "{line}: {}", list.stdout);
    }
}

#[test]
fn an_unknown_rule_is_wrong_use() {
    let said = Home::new().run(&["explain", "walet-swap"]);
    assert_eq!(said.code, Some(2));
    assert_eq!(said.stdout, "");
    assert_snapshot!(said.stderr, @"error: there is no rule `walet-swap`; did you mean `wallet-swap`?; `lazaret explain` lists all");
}
