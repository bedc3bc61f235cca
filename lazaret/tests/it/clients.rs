//! Real package managers, pinned in `tests/clients`, against the built binary: every scenario for every client.

/// One test per scenario in the module of a client, so that a failure reads `clients::yarn_4::wrong_bytes_are_refused`.
macro_rules! every_scenario {
    ($client:expr) => {
        every_scenario! { $client =>
            a_small_tree_is_installed_and_installed_again_from_its_lockfile,
            a_withheld_newest_version_leaves_the_one_before,
            an_exact_withheld_version_fails_fast,
            a_package_with_every_version_withheld_says_why,
            a_version_blocked_after_the_lockfile_was_written_is_refused,
            wrong_bytes_are_refused,
            an_update_that_does_as_attacks_do_leaves_the_one_before,
            an_exact_version_that_does_as_attacks_do_is_refused,
        }
    };
    ($client:expr => $($scenario:ident,)*) => {$(
        #[test]
        fn $scenario() {
            $crate::clients::scenarios::$scenario(&$client);
        }
    )*};
}

mod archives;
mod bun;
mod client;
mod fix;
mod harbour;
mod lockfiles;
mod npm;
mod pnpm;
mod replay;
mod scenarios;
mod stage;
mod tap;
mod yarn_1;
mod yarn_4;

pub(crate) use client::pinned;
