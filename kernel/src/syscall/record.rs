//! Structures of the ABI as bytes.
//!
//! A structure that a program gets is written field by field, at the offsets
//! that the ABI's definition gives, into zeroed bytes. So its padding is zero and
//! shows nothing of the kernel's memory.

/// A field's type.
pub trait Scalar: Copy {
    /// Puts the value's bytes at the start of `to`.
    fn put(self, to: &mut [u8]);
}

macro_rules! scalars {
    ($($t:ty),*) => {$(
        impl Scalar for $t {
            fn put(self, to: &mut [u8]) {
                to[..size_of::<$t>()].copy_from_slice(&self.to_ne_bytes());
            }
        }
    )*};
}
scalars!(u8, u16, u32, u64, u128, i32, i64);

/// `value`, whose type must be that of the field that `_field` reads.
pub fn typed<T, F: Scalar>(_field: fn(&T) -> F, value: F) -> F {
    value
}

/// The bytes of a structure: `record!(Type { field: value, … })`. Fields that are
/// not named are 0.
macro_rules! record {
    ($type:ty { $($($field:ident).+: $value:expr),* $(,)? }) => {{
        let mut bytes = [0u8; size_of::<$type>()];
        $($crate::syscall::Scalar::put(
            $crate::syscall::typed(|s: &$type| s.$($field).+, $value),
            &mut bytes[core::mem::offset_of!($type, $($field).+)..],
        );)*
        bytes
    }};
}
pub(crate) use record;
