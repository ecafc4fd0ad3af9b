using System.Text;

namespace LayerDiffusion.Onnx.Prompting;

/// <summary>
/// The GPT-2 byte alphabet: every byte gets a visible character, so that a vocabulary of byte strings can be written as text.
/// Bytes that are visible in Latin-1 stand for themselves, the 68 others follow from U+0100 on, in order.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] CharOfByte = Build();
    private static readonly Dictionary<char, byte> ByteOfChar = Invert(CharOfByte);

    /// <summary>Gets the character that stands for a byte.</summary>
    public static char CharOf(byte value) => CharOfByte[value];

    /// <summary>Appends the bytes that a token's text stands for; characters outside the alphabet are taken as UTF-8.</summary>
    public static void Decode(ReadOnlySpan<char> token, List<byte> destination)
    {
        Span<byte> utf8 = stackalloc byte[4];
        foreach (Rune rune in token.EnumerateRunes())
        {
            if (rune.IsBmp && ByteOfChar.TryGetValue((char)rune.Value, out byte value))
            {
                destination.Add(value);
                continue;
            }

            foreach (byte part in utf8[..rune.EncodeToUtf8(utf8)])
            {
                destination.Add(part);
            }
        }
    }

    private static char[] Build()
    {
        char[] result = new char[256];
        char next = '\u0100';
        for (int value = 0; value < result.Length; value++)
        {
            bool visible = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            result[value] = visible ? (char)value : next++;
        }

        return result;
    }

    private static Dictionary<char, byte> Invert(char[] characters)
    {
        Dictionary<char, byte> result = new(characters.Length);
        for (int value = 0; value < characters.Length; value++)
        {
            result[characters[value]] = (byte)value;
        }

        return result;
    }
}
