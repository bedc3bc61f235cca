use super::Distribution;

#[test]
fn ranks_are_nearest_ranks() {
    let hundred = Distribution::of((1..=100).map(f64::from).collect());
    assert_eq!(
        (hundred.median, hundred.p90, hundred.p99, hundred.max),
        (50.0, 90.0, 99.0, 100.0)
    );
    let one = Distribution::of(vec![7.0]);
    assert_eq!((one.median, one.p99, one.max), (7.0, 7.0, 7.0));
}
