use super::matrix::Matrix;
use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};

impl Add for Matrix<'_> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::each([self, other], |[x, y]| x + y)
    }
}

impl Sub for Matrix<'_> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self::each([self, other], |[x, y]| x - y)
    }
}

impl Neg for Matrix<'_> {
    type Output = Self;

    fn neg(self) -> Self {
        self.map(Neg::neg)
    }
}

impl Mul for Matrix<'_> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self::operation(
            [self, other],
            |[a, b]| a.times(b),
            |[a, b], _, gradient| {
                [
                    gradient.times(&b.transposed()),
                    a.transposed().times(gradient),
                ]
            },
        )
    }
}

impl<'t> Mul<Matrix<'t>> for f64 {
    type Output = Matrix<'t>;

    fn mul(self, matrix: Matrix<'t>) -> Matrix<'t> {
        matrix.map(move |x| self * x)
    }
}

impl fmt::Debug for Matrix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tape.0.borrow()[self.index].value.fmt(f)
    }
}
