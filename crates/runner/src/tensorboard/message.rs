//! Messages in the [encoding](https://protobuf.dev/programming-guides/encoding/) of Protocol Buffers.

/// A message, to which fields are added by their numbers.
#[derive(Default)]
pub(super) struct Message(Vec<u8>);

/// How a reader that does not know a field finds its end.
#[derive(Clone, Copy)]
enum Wire {
    Varint = 0,
    Eight = 1,
    Length = 2,
    Four = 5,
}

impl Message {
    /// An `int32` or `int64` that is not negative.
    pub fn integer(self, field: u64, value: u64) -> Self {
        self.key(field, Wire::Varint).varint(value)
    }

    pub fn double(self, field: u64, value: f64) -> Self {
        self.key(field, Wire::Eight).raw(&value.to_le_bytes())
    }

    pub fn float(self, field: u64, value: f32) -> Self {
        self.key(field, Wire::Four).raw(&value.to_le_bytes())
    }

    /// A `repeated double`, packed.
    pub fn doubles(self, field: u64, values: &[f64]) -> Self {
        let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        self.bytes(field, &bytes)
    }

    /// `bytes` or a `string`.
    pub fn bytes(self, field: u64, bytes: &[u8]) -> Self {
        let key = self.key(field, Wire::Length);
        key.varint(bytes.len() as u64).raw(bytes)
    }

    pub fn message(self, field: u64, message: &Self) -> Self {
        self.bytes(field, &message.0)
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn key(self, field: u64, wire: Wire) -> Self {
        self.varint((field << 3) | wire as u64)
    }

    /// Seven bits a byte, the lowest first; all bytes but the last have the eighth bit set.
    fn varint(mut self, mut value: u64) -> Self {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.raw(&[value as u8])
    }

    fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the specification of the encoding.
    #[test]
    fn the_examples_of_the_specification() {
        let number = Message::default().integer(1, 150);
        assert_eq!(number.0, [0x08, 0x96, 0x01]);
        let text = Message::default().bytes(2, b"testing");
        assert_eq!(text.0, *b"\x12\x07testing");
        let nested = Message::default().message(3, &number);
        assert_eq!(nested.0, [0x1a, 0x03, 0x08, 0x96, 0x01]);
    }

    #[test]
    fn the_greatest_number_takes_ten_bytes() {
        let number = Message::default().integer(16, u64::MAX);
        let expected = [&[0x80, 0x01][..], &[0xff; 9], &[0x01]].concat();
        assert_eq!(number.0, expected);
    }
}
