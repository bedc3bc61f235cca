use super::*;

#[test]
fn terms_are_read_as_they_were_written() {
    for without in [&[][..], &[Layer::Seccomp, Layer::ParentDeath]] {
        let terms = Terms::new(&Limits::default(), without);
        assert_eq!(Terms::read(&terms.written()), Some(terms));
    }
}

#[test]
fn terms_that_are_not_understood_are_none() {
    for text in ["", "1 2 3", "1 2 3 moat", "1 2 -3 ", "1 2 99999999999 "] {
        assert_eq!(Terms::read(text), None, "{text:?}");
    }
}
