use super::{Cvss, Severity};

const V4: &str = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
const V3: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L";
const V2: &str = "AV:N/AC:L/Au:N/C:P/I:P/A:P";

#[test]
fn a_vector_of_version_4_comes_first() {
    for vectors in [[V4, V3, V2], [V3, V4, V2], [V2, V3, V4]] {
        let best = Cvss::best(vectors.into_iter()).unwrap();
        assert_eq!((best.score, best.severity()), (9.3, Severity::Critical));
    }
    let best = Cvss::best([V2, V3].into_iter()).unwrap();
    assert_eq!((best.score, best.severity()), (5.3, Severity::Moderate));
}

#[test]
fn broken_vectors_are_passed_over() {
    let broken = [
        "CVSS:4.0/AV:N",
        "CVSS:4.0/",
        "CVSS:9.9/AV:N",
        "",
        "CVSS:4.0/é",
        &"CVSS:4.0/".repeat(99),
    ];
    for vector in broken {
        assert_eq!(Cvss::parse(vector), None, "{vector}");
    }
    let best = Cvss::best(["CVSS:4.0/AV:N", V3].into_iter());
    assert_eq!(best.unwrap().score, 5.3);
    assert_eq!(Cvss::best([V2].into_iter()), None);
}

#[test]
fn bands_are_those_of_the_specification() {
    let bands = [
        (0.0, Severity::Info),
        (0.1, Severity::Low),
        (3.9, Severity::Low),
        (4.0, Severity::Moderate),
        (6.9, Severity::Moderate),
        (7.0, Severity::High),
        (9.0, Severity::Critical),
        (10.0, Severity::Critical),
    ];
    for (score, severity) in bands {
        let vector = V3.into();
        assert_eq!(Cvss { score, vector }.severity(), severity, "{score}");
    }
}

#[test]
fn labels_are_read_in_any_case() {
    assert_eq!(Severity::from_label("MODERATE"), Some(Severity::Moderate));
    assert_eq!(Severity::from_label("Medium"), Some(Severity::Moderate));
    assert_eq!(Severity::from_label("critical"), Some(Severity::Critical));
    assert_eq!(Severity::from_label("grave"), None);
}
