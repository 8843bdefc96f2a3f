use super::*;

/// A record whose numeric features are 0, 4, 5, … 40: the indices of their columns.
fn line() -> String {
    let features: Vec<String> = (4..=40).map(|i| i.to_string()).collect();
    format!("0,tcp,http,SF,{},neptune,19", features.join(","))
}

fn parse_text(text: &str) -> Result<Vec<Record>, Error> {
    parse(Input::new("records".into(), text.as_bytes()).unwrap())
}

#[test]
fn columns_go_where_they_belong() {
    let records = parse_text(&format!("{0}\n{0}\r\n", line())).unwrap();
    assert_eq!(records.len(), 2);
    let Record {
        numeric,
        symbolic,
        label,
        difficulty,
    } = &records[1];
    assert_eq!(numeric[..3], [0.0, 4.0, 5.0]);
    assert_eq!(numeric[37], 40.0);
    assert_eq!(symbolic, &["tcp", "http", "SF"]);
    assert_eq!((&label[..], *difficulty), ("neptune", 19));
    assert!(!records[1].is_normal());
    assert!(parse_text(&line().replace("neptune", "normal")).unwrap()[0].is_normal());
}

#[test]
fn bad_lines_are_named_by_number() {
    for (bad, problem) in [
        (line() + ",", "44 columns"),
        (String::new(), "1 columns"),
        (line().replace(",7,", ",seven,"), "feature \"seven\""),
        (line().replace(",7,", ",inf,"), "feature \"inf\""),
        (line() + "9", "the difficulty"),
    ] {
        let error = parse_text(&format!("{}\n{bad}\n", line()))
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with(&format!("records:2: {problem}")),
            "{error}"
        );
    }
}

#[test]
fn what_is_no_text_is_refused() {
    let content = [line().as_bytes(), b"\n\xff\n"].concat();
    let error = parse(Input::new("records".into(), &content[..]).unwrap()).unwrap_err();
    assert!(matches!(error, Error::Line { line: 2, .. }), "{error}");
}
