use proptest::{collection::vec, prelude::*};

use super::*;

/// The NPY file with the given header text and data.
pub(crate) fn encode(header: &str, data: &[u8]) -> Vec<u8> {
    [
        b"\x93NUMPY\x01\0",
        &(header.len() as u16).to_le_bytes()[..],
        header.as_bytes(),
        data,
    ]
    .concat()
}

fn header(descr: &str, shape: &str) -> String {
    format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}   \n")
}

fn parse<T: Element>(header: &str, data: &[u8]) -> Result<Npy<T>, Error> {
    Npy::parse("some-file", &encode(header, data))
}

#[test]
fn every_element_type_is_read() {
    let data = [1.5, f64::MIN_POSITIVE, -0.0, f64::INFINITY];
    let bytes: Vec<u8> = data.iter().flat_map(|value| value.to_le_bytes()).collect();
    let array = parse(&header("<f8", "(2, 2)"), &bytes).unwrap();
    assert_eq!(
        array,
        Npy {
            dims: vec![2, 2],
            values: data.to_vec()
        }
    );

    let array = parse(
        &header("<i4", "(2,)"),
        &[1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff],
    )
    .unwrap();
    assert_eq!(
        array,
        Npy {
            dims: vec![2],
            values: vec![1, -2]
        }
    );

    let array = parse(&header("|u1", "(1, 3, 1)"), &[7, 8, 9]).unwrap();
    assert_eq!(
        array,
        Npy {
            dims: vec![1, 3, 1],
            values: vec![7_u8, 8, 9]
        }
    );
}

#[test]
fn a_scalar_and_an_empty_array_are_arrays() {
    assert_eq!(
        parse(&header("|u1", "()"), &[7]).unwrap(),
        Npy {
            dims: vec![],
            values: vec![7_u8]
        }
    );
    assert_eq!(
        parse(&header("|u1", "(0, 5)"), &[]).unwrap(),
        Npy::<u8> {
            dims: vec![0, 5],
            values: vec![]
        }
    );
}

#[test]
fn other_element_types_are_named() {
    for descr in ["<f4", ">f8", "|b1"] {
        let error = parse::<f64>(&header(descr, "(1,)"), &[0; 8]).unwrap_err();
        assert!(
            matches!(&error, Error::ElementType { found, expected: "<f8", .. } if found == descr),
            "{error}"
        );
    }
}

#[test]
fn other_formats_and_orders_are_refused() {
    let content = encode(&header("|u1", "(1,)"), &[7]);
    let mut version_2 = content.clone();
    version_2[6] = 2;
    assert!(matches!(
        Npy::<u8>::parse("file", &version_2),
        Err(Error::Magic {
            format: "NPY 1.0",
            ..
        })
    ));
    let fortran = header("|u1", "(1,)").replace("False", "True");
    assert!(matches!(
        parse::<u8>(&fortran, &[7]),
        Err(Error::Header { .. })
    ));
}

#[test]
fn unreadable_headers_are_refused() {
    let shapes =
        ["(1", "1", "(-1,)", "(1.0,)", "(99999999999999999999,)"].map(|shape| header("|u1", shape));
    let structured = "{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (1,), }".into();
    for header in shapes
        .into_iter()
        .chain([structured, "{}".into(), String::new()])
    {
        let error = parse::<u8>(&header, &[7]).unwrap_err();
        assert!(matches!(error, Error::Header { .. }), "{header}: {error}");
    }
}

#[test]
fn data_of_another_length_are_refused() {
    let content = encode(&header("<i4", "(2,)"), &[0; 8]);
    for length in 0..content.len() {
        let error = Npy::<i32>::parse("file", &content[..length]).unwrap_err();
        assert!(
            matches!(error, Error::Truncated { found, .. } if found == length as u64),
            "{error}"
        );
    }
    assert!(matches!(
        parse::<i32>(&header("<i4", "(2,)"), &[0; 9]),
        Err(Error::Oversized { .. })
    ));
}

/// The first is 2⁶⁴ bytes, the second fewer than that, but more than can be addressed.
#[test]
fn impossible_dimensions_are_refused() {
    for shape in ["(2147483648, 1073741824)", "(2305843009213693951,)"] {
        let error = parse::<f64>(&header("<f8", shape), &[]).unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    }
}

#[test]
fn a_long_header_is_read() {
    let padded = header("|u1", "(1,)") + &" ".repeat(1000);
    assert_eq!(parse::<u8>(&padded, &[7]).unwrap().values, [7]);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        content in vec(any::<u8>(), 0..60),
        text in "[-'descrfotanhp:<|u18FalseTrue(), {}\\PC]{0,80}",
    ) {
        let _ = Npy::<u8>::parse("file", &content);
        let _ = parse::<u8>(&text, &content);
        let _ = parse::<f64>(&header("<f8", &text), &content);
    }
}
