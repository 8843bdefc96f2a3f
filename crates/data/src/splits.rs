//! Training, validation and test images.

use crate::{Error, Images};

/// The three parts of a data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Splits {
    /// What parameters are fitted to.
    pub train: Images,
    /// What hyperparameters and stopping are decided on.
    pub valid: Images,
    /// What results are reported on.
    pub test: Images,
}

impl Splits {
    /// Holds out the last `valid_count` training images for validation, as the papers do with
    /// MNIST.
    ///
    /// The order is kept: where images are sorted (by class, say), shuffle them first.
    ///
    /// ```
    /// use vae_data::{Images, Splits};
    ///
    /// let train = Images::new(1, 1, vec![1, 2, 3, 4, 5])?;
    /// let test = Images::new(1, 1, vec![6])?;
    /// let splits = Splits::from_train_test(train, test, 2)?;
    /// assert_eq!((splits.train.len(), splits.valid.len(), splits.test.len()), (3, 2, 1));
    /// # Ok::<(), vae_data::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ValidCount`](Error::ValidCount) if there are fewer training images than that.
    pub fn from_train_test(train: Images, test: Images, valid_count: usize) -> Result<Self, Error> {
        let Some(rest) = train.len().checked_sub(valid_count) else {
            return Err(Error::ValidCount {
                train: train.len(),
                valid: valid_count,
            });
        };
        Ok(Self {
            valid: train.range(rest..train.len()),
            train: train.range(0..rest),
            test,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(bytes: &[u8]) -> Images {
        Images::new(1, 1, bytes.to_vec())
            .unwrap()
            .with_labels(bytes.to_vec())
            .unwrap()
    }

    #[test]
    fn the_last_training_images_are_held_out() {
        let splits = Splits::from_train_test(images(&[1, 2, 3, 4, 5]), images(&[6]), 2).unwrap();
        assert_eq!(
            splits,
            Splits {
                train: images(&[1, 2, 3]),
                valid: images(&[4, 5]),
                test: images(&[6])
            }
        );
    }

    #[test]
    fn all_or_nothing_may_be_held_out_but_no_more() {
        let split = |count| Splits::from_train_test(images(&[1, 2]), images(&[3]), count);
        assert!(split(0).unwrap().valid.is_empty());
        assert!(split(2).unwrap().train.is_empty());
        assert!(matches!(
            split(3),
            Err(Error::ValidCount { train: 2, valid: 3 })
        ));
    }
}
