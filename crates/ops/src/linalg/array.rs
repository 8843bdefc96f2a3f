//! Matrices of numbers, and what is computed with them: plain loops, for the small sizes of latent spaces.

/// A matrix, row after row.
#[derive(Clone, Debug)]
pub(super) struct Array {
    pub rows: usize,
    pub columns: usize,
    pub values: Vec<f64>,
}

impl Array {
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self {
            rows,
            columns,
            values: vec![0.0; rows * columns],
        }
    }

    pub fn from_fn(rows: usize, columns: usize, f: impl Fn(usize, usize) -> f64) -> Self {
        let row = |i| (0..columns).map(move |j| (i, j));
        Self {
            rows,
            columns,
            values: (0..rows).flat_map(row).map(|(i, j)| f(i, j)).collect(),
        }
    }

    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.columns..][..self.columns]
    }

    fn row_mut(&mut self, i: usize) -> &mut [f64] {
        &mut self.values[i * self.columns..][..self.columns]
    }

    /// The index of the element (i, j), of the one that stands for it if there is only one row or one column.
    pub fn index(&self, i: usize, j: usize) -> usize {
        let (i, j) = (i.min(self.rows - 1), j.min(self.columns - 1));
        i * self.columns + j
    }

    pub fn add(&mut self, other: &Array) {
        add_scaled(&mut self.values, 1.0, &other.values);
    }

    pub fn transposed(&self) -> Array {
        Array::from_fn(self.columns, self.rows, |i, j| {
            self.values[j * self.columns + i]
        })
    }

    /// Only the elements of which (row, column) is to be kept; the others are 0.
    pub fn masked(&self, keep: impl Fn(usize, usize) -> bool) -> Array {
        Array::from_fn(self.rows, self.columns, |i, j| {
            if keep(i, j) { self.row(i)[j] } else { 0.0 }
        })
    }

    /// A B
    pub fn times(&self, other: &Array) -> Array {
        assert_eq!(self.columns, other.rows, "the shapes of a matrix product");
        let mut out = Array::zeros(self.rows, other.columns);
        for i in 0..self.rows {
            for (j, x) in self.row(i).iter().enumerate() {
                add_scaled(out.row_mut(i), *x, other.row(j));
            }
        }
        out
    }

    /// L⁻¹ B, by forward substitution; only the lower triangle is read.
    pub fn solve_lower(&self, b: &Array) -> Array {
        let mut x = self.right_side(b);
        for i in 0..x.rows {
            let (solved, rest) = x.values.split_at_mut(i * x.columns);
            let row = &mut rest[..x.columns];
            for (j, l) in self.row(i)[..i].iter().enumerate() {
                add_scaled(row, -l, &solved[j * x.columns..][..x.columns]);
            }
            row.iter_mut().for_each(|x| *x /= self.row(i)[i]);
        }
        x
    }

    /// L⁻ᵀ B, by back substitution; only the lower triangle of L is read.
    pub fn solve_lower_transposed(&self, b: &Array) -> Array {
        let mut x = self.right_side(b);
        for i in (0..x.rows).rev() {
            let (rest, solved) = x.values.split_at_mut(i * x.columns);
            let row = &mut solved[..x.columns];
            row.iter_mut().for_each(|x| *x /= self.row(i)[i]);
            for (j, l) in self.row(i)[..i].iter().enumerate() {
                add_scaled(&mut rest[j * x.columns..][..x.columns], -l, row);
            }
        }
        x
    }

    fn right_side(&self, b: &Array) -> Array {
        assert!(
            self.rows == self.columns && self.rows == b.rows,
            "the shapes of a triangular system"
        );
        b.clone()
    }

    /// The lower-triangular L with positive diagonal and L Lᵀ = Aᵀ A, by Householder reflections of A.
    pub fn gram_factor(&self) -> Array {
        assert!(self.rows >= self.columns, "a factor needs as many rows");
        let n = self.columns;
        // Row k of the transpose is column k, contiguous.
        let mut a = self.transposed();
        for k in 0..n {
            let (done, rest) = a.values.split_at_mut((k + 1) * self.rows);
            let v = &mut done[k * self.rows + k..];
            let norm = norm(v);
            if norm == 0.0 {
                continue;
            }
            let image = if v[0] > 0.0 { -norm } else { norm };
            // v = x − image e₁, and the reflection is 1 − v vᵀ / (−image v₁).
            v[0] -= image;
            let scale = 1.0 / (image * v[0]);
            for column in rest.chunks_exact_mut(self.rows) {
                let column = &mut column[k..];
                let product: f64 = column.iter().zip(&*v).map(|(x, v)| x * v).sum();
                add_scaled(column, scale * product, v);
            }
            v[0] = image;
        }
        // Row k of the upper-triangular factor may be taken times ±1.
        Array::from_fn(n, n, |i, j| {
            let sign = if a.row(j)[j] < 0.0 { -1.0 } else { 1.0 };
            if j <= i { sign * a.row(i)[j] } else { 0.0 }
        })
    }
}

/// y += c x
fn add_scaled(y: &mut [f64], c: f64, x: &[f64]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y += c * x);
}

/// ‖x‖, without overflow of the squares.
fn norm(x: &[f64]) -> f64 {
    let scale = x.iter().fold(0.0f64, |scale, x| scale.max(x.abs()));
    if scale == 0.0 {
        return 0.0;
    }
    scale * x.iter().map(|x| (x / scale).powi(2)).sum::<f64>().sqrt()
}
