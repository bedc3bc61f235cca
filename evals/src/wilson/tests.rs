use super::Share;

#[test]
fn a_share_of_one_half_has_a_symmetric_interval() {
    let share = Share::new(50, 100);
    assert_eq!((share.percent, share.low, share.high), (50.0, 40.38, 59.62));
}

#[test]
fn nothing_in_three_hundred_is_not_yet_zero() {
    let share = Share::new(0, 300);
    assert_eq!((share.percent, share.low, share.high), (0.0, 0.0, 1.26));
}

#[test]
fn all_of_ten_may_still_be_seven_of_ten() {
    let share = Share::new(10, 10);
    assert_eq!(
        (share.percent, share.low, share.high),
        (100.0, 72.25, 100.0)
    );
}

#[test]
fn of_nothing_nothing_is_known() {
    let share = Share::new(0, 0);
    assert_eq!((share.low, share.high), (0.0, 100.0));
}

#[test]
fn is_written_with_its_interval() {
    assert_eq!(
        Share::new(2, 177).to_string(),
        "2/177 = 1.13 % (95 %: 0.31 to 4.03)"
    );
}
