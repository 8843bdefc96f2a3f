use std::fs;

use super::*;
use crate::npy::tests::encode;

fn table(x_shape: &str, y_shape: &str, y: &[u8]) -> Result<Table, Error> {
    let dir = tempfile::tempdir().unwrap();
    let header = |descr, shape| {
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n")
    };
    let x: Vec<u8> = (0..6).flat_map(|i| f64::from(i).to_le_bytes()).collect();
    fs::write(
        dir.path().join("t.x.npy.gz"),
        encode(&header("<f8", x_shape), &x),
    )
    .unwrap();
    fs::write(
        dir.path().join("t.y.npy.gz"),
        encode(&header("|u1", y_shape), y),
    )
    .unwrap();
    load(&dir, "t")
}

#[test]
fn rows_and_labels() {
    let table = table("(3, 2)", "(3,)", &[0, 1, 0]).unwrap();
    assert_eq!((table.rows(), table.columns), (3, 2));
    assert_eq!(table.row(2), [4.0, 5.0]);
    assert_eq!(table.labels, [0, 1, 0]);
}

#[test]
fn what_is_no_table_is_refused() {
    assert!(matches!(
        table("(6,)", "(3,)", &[0; 3]),
        Err(Error::Rank { expected: 2, .. })
    ));
    assert!(matches!(
        table("(3, 2)", "(3, 1)", &[0; 3]),
        Err(Error::Rank { expected: 1, .. })
    ));
    assert!(matches!(
        table("(3, 2)", "(3,)", &[0, 2, 0]),
        Err(Error::Value {
            position: 1,
            value: 2,
            ..
        })
    ));
    let error = table("(3, 2)", "(2,)", &[0; 2]).unwrap_err().to_string();
    assert!(
        error.contains("t.x.npy.gz") && error.contains("t.y.npy.gz"),
        "{error}"
    );
    let error = load("no/such/directory", "pima").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("no/such/directory/pima.x.npy.gz: no such file"),
        "{error}"
    );
}
