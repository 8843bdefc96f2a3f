use dfdx::prelude::{Const, Cpu, Dim, NoneTape, Tensor};

/// A batch of images, shape (B, C, H, W): channels, rows, columns.
pub type Images<C, H, W, E = f32, T = NoneTape> = Tensor<(usize, C, H, W), E, Cpu, T>;

/// A size of an image, whose value the compiler may know: `Const<28>` is checked when the program is compiled,
/// `usize` when it runs.
pub trait Extent: Dim {
    /// The size, where the compiler knows it.
    const KNOWN: Option<usize>;
}

impl<const N: usize> Extent for Const<N> {
    const KNOWN: Option<usize> = Some(N);
}

impl Extent for usize {
    const KNOWN: Option<usize> = None;
}

/// Text with numbers in it, for errors that the compiler reports: it evaluates no `format!`.
pub(crate) struct Message {
    text: [u8; 256],
    len: usize,
}

impl Message {
    pub(crate) const fn new(text: &str) -> Self {
        let empty = Self {
            text: [0; 256],
            len: 0,
        };
        empty.text(text)
    }

    pub(crate) const fn text(mut self, text: &str) -> Self {
        let mut i = 0;
        while i < text.len() {
            self.text[self.len] = text.as_bytes()[i];
            self.len += 1;
            i += 1;
        }
        self
    }

    pub(crate) const fn number(self, n: usize) -> Self {
        let digit = [b'0' + (n % 10) as u8];
        let rest = if n < 10 { self } else { self.number(n / 10) };
        match str::from_utf8(&digit) {
            Ok(digit) => rest.text(digit),
            Err(_) => rest,
        }
    }

    pub(crate) const fn panic(&self) -> ! {
        match str::from_utf8(self.text.split_at(self.len).0) {
            Ok(text) => panic!("{}", text),
            Err(_) => panic!("sizes do not fit"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "from 0 to 10 by 987")]
    fn messages_contain_their_numbers() {
        let message = Message::new("from ").number(0).text(" to ").number(10);
        message.text(" by ").number(987).panic();
    }
}
