use super::*;

#[test]
fn a_name_and_a_version_parse() {
    for text in [
        "chalk@5.6.1",
        "@types/node@22.0.0-beta.1",
        "JSONStream@1.3.5",
    ] {
        assert_eq!(PackageId::parse(text).unwrap().to_string(), text);
    }
    let id = PackageId::parse("chalk@v5.6.1").unwrap();
    assert_eq!(
        (id.name.as_str(), id.version),
        ("chalk", Version::new(5, 6, 1))
    );
}

#[test]
fn what_is_missing_is_said() {
    assert_eq!(PackageId::parse("chalk"), Err(PackageIdError::NoVersion));
    assert_eq!(
        PackageId::parse("@types/node"),
        Err(PackageIdError::NoVersion)
    );
    assert!(matches!(
        PackageId::parse("@1.0.0"),
        Err(PackageIdError::Name(_))
    ));
    assert!(matches!(PackageId::parse(""), Err(PackageIdError::Name(_))));
    assert!(matches!(
        PackageId::parse("chalk@"),
        Err(PackageIdError::Version(_))
    ));
    assert!(matches!(
        PackageId::parse("chalk@^5"),
        Err(PackageIdError::Version(_))
    ));
    assert!(matches!(
        PackageId::parse("chalk@1.0.0@2.0.0"),
        Err(PackageIdError::Version(_))
    ));
}
