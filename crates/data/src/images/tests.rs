use super::*;

fn grey() -> Images {
    Images::new(1, 2, vec![0, 51, 102, 153, 204, 255])
        .unwrap()
        .with_labels(vec![3, 4, 5])
        .unwrap()
}

/// Two images of 3 × 3 pixels, so that seven bits of every other byte are surplus (and set).
fn binary() -> Images {
    Images::from_bits(
        3,
        3,
        vec![0b1000_0001, 0b1111_1111, 0b0100_0000, 0b0111_1111],
    )
    .unwrap()
}

fn intensities(images: &Images, rows: &[usize]) -> Vec<f32> {
    let mut out = vec![9.0; 100];
    images.intensities(rows, &mut out);
    out
}

#[test]
fn sizes() {
    let images = Images::new(28, 20, vec![0; 3 * 560]).unwrap();
    assert_eq!(
        (
            images.len(),
            images.height(),
            images.width(),
            images.pixels()
        ),
        (3, 28, 20, 560)
    );
    assert!(!images.is_empty());
    assert!(Images::new(28, 20, vec![]).unwrap().is_empty());
    assert_eq!((binary().len(), binary().pixels()), (2, 9));
}

#[test]
fn grey_intensities() {
    assert_eq!(
        intensities(&grey(), &[2, 0, 2]),
        [0.8, 1.0, 0.0, 0.2, 0.8, 1.0]
    );
    assert_eq!(intensities(&grey(), &[]), []);
}

#[test]
fn binary_intensities_come_from_the_most_significant_bit_on() {
    assert_eq!(
        intensities(&binary(), &[0]),
        [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]
    );
    assert_eq!(
        intensities(&binary(), &[1]),
        [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    );
}

#[test]
fn subsets_and_ranges_take_labels_along() {
    let subset = grey().subset(&[2, 0, 0]);
    assert_eq!(subset.labels(), Some(&[5, 3, 3][..]));
    assert_eq!(
        intensities(&subset, &[0, 1, 2]),
        intensities(&grey(), &[2, 0, 0])
    );

    let range = grey().range(1..3);
    assert_eq!(range, grey().subset(&[1, 2]));
    assert_eq!(binary().range(1..2), binary().subset(&[1]));
    assert!(grey().range(3..3).is_empty());
}

#[test]
fn means() {
    assert_eq!(grey().mean(), [0.4, 0.6]);
    assert_eq!(
        binary().mean(),
        [0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.5]
    );
    assert!(Images::new(1, 1, vec![]).unwrap().mean()[0].is_nan());
}

#[test]
fn bytes_must_be_whole_images() {
    for (height, width, bytes) in [(2, 2, 5), (0, 2, 0), (2, 0, 4), (usize::MAX, 2, 4)] {
        let error = Images::new(height, width, vec![0; bytes]).unwrap_err();
        assert!(matches!(error, Error::ImageBytes { .. }), "{error}");
    }
    assert!(matches!(
        Images::from_bits(3, 3, vec![0; 3]),
        Err(Error::ImageBytes { .. })
    ));
}

#[test]
fn labels_must_be_one_an_image() {
    let error = grey().with_labels(vec![1, 2]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "2 labels for 3 images; give one label an image"
    );
}

#[test]
#[should_panic = "row 3 of 3 images"]
fn a_row_beyond_the_end_is_a_bug() {
    intensities(&grey(), &[0, 3]);
}

#[test]
#[should_panic = "rows 1..4 of 3"]
fn a_range_beyond_the_end_is_a_bug() {
    grey().range(1..4);
}

#[test]
#[should_panic = "rows 2..1 of 3"]
fn a_range_that_ends_before_its_start_is_a_bug() {
    grey().range(Range { start: 2, end: 1 });
}

/// A failed assertion must not print millions of pixels.
#[test]
fn debug_output_is_short() {
    assert_eq!(format!("{:?}", grey()), "Images(3 × 1 × 2, Grey)");
}
