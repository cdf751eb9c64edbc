package org.isonorm.network.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the slots of one element type lie in one stretch of memory: slots that are never used at
 * the same time may lie in the same place. The largest are placed first, each at the lowest offset
 * that is free for the whole time it is used (Pisarchyk and Lee 2020, "greedy by size").
 *
 * @param offsets of every slot, in elements
 * @param length of the whole, in elements
 */
record MemoryPlan(Map<Slot, Long> offsets, long length) {

  MemoryPlan {
    offsets = Map.copyOf(offsets);
  }

  /**
   * Places slots of one type.
   *
   * @param alignment elements of which every offset is a multiple
   */
  static MemoryPlan of(List<Slot> slots, long alignment) {
    List<Slot> bySize = new ArrayList<>(slots);
    bySize.sort(Comparator.comparingLong(Slot::length).reversed());
    List<Slot> byOffset = new ArrayList<>();
    Map<Slot, Long> offsets = new HashMap<>();
    long length = 0;
    for (Slot slot : bySize) {
      long offset = 0;
      for (Slot placed : byOffset) {
        if (!placed.overlaps(slot)) {
          continue;
        }
        long start = offsets.get(placed);
        if (offset + slot.length() <= start) {
          break;
        }
        offset = Math.max(offset, align(start + placed.length(), alignment));
      }
      offsets.put(slot, offset);
      byOffset.add(slot);
      byOffset.sort(Comparator.comparingLong(offsets::get));
      length = Math.max(length, offset + slot.length());
    }
    return new MemoryPlan(offsets, length);
  }

  private static long align(long offset, long alignment) {
    return (offset + alignment - 1) / alignment * alignment;
  }
}
