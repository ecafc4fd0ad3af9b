using System.Runtime.CompilerServices;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// The counter-based generator Philox 4x32-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"):
/// a function of a 128-bit counter and a 64-bit key, without a state.
/// </summary>
internal static class Philox
{
    private const int Rounds = 10;

    /// <summary>Returns the four words that belong to a counter and a key; each 64-bit part has its low word first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (uint A, uint B, uint C, uint D) Next(ulong lowCounter, ulong highCounter, ulong key)
    {
        uint a = (uint)lowCounter;
        uint b = (uint)(lowCounter >> 32);
        uint c = (uint)highCounter;
        uint d = (uint)(highCounter >> 32);
        uint firstKey = (uint)key;
        uint secondKey = (uint)(key >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            ulong first = 0xD2511F53UL * a;
            ulong second = 0xCD9E8D57UL * c;
            (a, b, c, d) = ((uint)(second >> 32) ^ b ^ firstKey, (uint)second, (uint)(first >> 32) ^ d ^ secondKey, (uint)first);
            firstKey += 0x9E3779B9;
            secondKey += 0xBB67AE85;
        }

        return (a, b, c, d);
    }
}
