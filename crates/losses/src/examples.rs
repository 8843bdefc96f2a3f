use vae_reparam::Noise;

/// A set of observations, as objectives and metrics read it.
pub trait Examples<E>: Sync {
    /// How many there are.
    fn len(&self) -> usize;

    /// The data of some of them, row after row. What is random in them, such as a binarization that is drawn anew each
    /// time, is drawn from `noise`.
    fn load(&self, rows: &[usize], noise: Noise) -> Vec<E>;

    /// The side input of some of them, such as their classes, row after row: nothing, unless the model is conditional.
    fn side(&self, _rows: &[usize]) -> Vec<E> {
        Vec::new()
    }

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
