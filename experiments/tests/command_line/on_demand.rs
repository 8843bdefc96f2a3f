//! `conditional` leaves a picture of every class beside what every run leaves.

use crate::program::{Files, Folder, SHORT, experiment, outcome};

#[test]
fn every_digit_is_drawn() {
    let folder = Folder::new();
    let mut command = experiment(env!("CARGO_BIN_EXE_conditional"), SHORT);
    outcome(command.arg("--out").arg(folder.path())).expect_success();
    let files = Files::of(&folder.path());
    assert!(files.names().contains(&"summary.json"), "{files:?}");

    let picture = png::Decoder::new(std::io::Cursor::new(files.bytes("digits.png")));
    let picture = picture.read_info().unwrap();
    // Ten by ten images of 28 × 28 pixels, three times as large.
    assert!(picture.info().width >= 10 * 28 * 3);
    assert_eq!(picture.info().width, picture.info().height);
}
