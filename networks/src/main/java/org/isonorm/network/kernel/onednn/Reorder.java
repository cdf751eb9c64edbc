package org.isonorm.network.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;

import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;

/** A copy from one layout and number format to another, by oneDNN. */
public final class Reorder {
  private final OneDnn.Call call;
  private final memory from;
  private final memory to;

  public Reorder(OneDnn.Resources resources, memory.desc from, memory.desc to) {
    resources.own(from);
    resources.own(to);
    reorder.primitive_desc desc =
        resources.own(
            new reorder.primitive_desc(
                OneDnn.ENGINE, from, OneDnn.ENGINE, to, resources.own(OneDnn.attributes()), false));
    call = resources.call(resources.own(new reorder(desc)), desc.scratchpad_desc());
    this.from = call.argument(DNNL_ARG_FROM, from);
    this.to = call.argument(DNNL_ARG_TO, to);
  }

  public long scratchBytes() {
    return OneDnn.Worker.align(call.scratchBytes());
  }

  /** Copies from one address to another. */
  public void run(long scratch, long source, long target) {
    OneDnn.aim(from, source);
    OneDnn.aim(to, target);
    call.run(OneDnn.worker(), scratch);
  }
}
