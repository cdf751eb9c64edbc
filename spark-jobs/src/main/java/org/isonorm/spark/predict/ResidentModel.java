package org.isonorm.spark.predict;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.isonorm.network.graph.GraphMemory;
import org.isonorm.spark.averaging.Device;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model in a process: one copy of its parameters, however many tasks score with it, and a lane
 * for each task at a time. Lives on executors, and on the driver for those who compute there.
 */
final class ResidentModel implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ResidentModel.class);

  /** Models without work that are kept, the last ones used: they may be asked for again. */
  private static final int MOST_IDLE = 2;

  /** Floats of a batch, about: 8 MiB, which is few images where they are large. */
  private static final int BATCH_FLOATS = 2 << 20;

  private static final int LARGEST_BATCH = 128;

  /** In the order of their last use; guarded by itself, as are the lanes in use. */
  private static final Map<String, ResidentModel> MODELS = new LinkedHashMap<>(4, 0.75f, true);

  /**
   * What a lane computes on.
   *
   * @param threads of its kernels; 0 for as many as the process has
   */
  record Place(Device device, int threads) {}

  private final ScoringModel model;
  private final ComputationGraph graph;
  private final Preprocessing preprocessing;
  private final int batch;
  private final Map<Place, Deque<Lane>> idle = new HashMap<>();
  private int lanes;
  private int working;

  ResidentModel(ScoringModel model) {
    this.model = model;
    this.graph = model.graph();
    this.preprocessing = new Preprocessing(model.card(), model.maxPixels());
    this.batch = model.batch();
  }

  /** Images of a batch, a power of two. */
  static int batch(int floatsPerImage) {
    return Integer.highestOneBit(
        Math.max(1, Math.min(LARGEST_BATCH, BATCH_FLOATS / floatsPerImage)));
  }

  /**
   * A lane of a model that this process has, or makes now; to be given back.
   *
   * @param threads of its kernels, at most the machine's
   */
  static Ticket take(ScoringModel model, int threads) {
    int ofMachine = Runtime.getRuntime().availableProcessors();
    synchronized (MODELS) {
      ResidentModel resident = MODELS.get(model.id());
      if (resident == null) {
        resident = new ResidentModel(model);
        MODELS.put(model.id(), resident);
      }
      resident.working++;
      dropIdle();
      Place place = new Place(Device.ofTask(), Math.min(threads, ofMachine));
      return new Ticket(resident, resident.lane(place), place);
    }
  }

  /** The one of a model that this process has, if it has; this is no use of it. */
  static Optional<ResidentModel> ofThisProcess(ScoringModel model) {
    synchronized (MODELS) {
      return MODELS.values().stream()
          .filter(each -> each.model.id().equals(model.id()))
          .findFirst();
    }
  }

  int lanesMade() {
    synchronized (MODELS) {
      return lanes;
    }
  }

  /** A lane in use. */
  record Ticket(ResidentModel model, Lane lane, Place place) {
    void giveBack() {
      synchronized (MODELS) {
        model.idle.computeIfAbsent(place, key -> new ArrayDeque<>()).push(lane);
        model.working--;
        dropIdle();
      }
    }
  }

  private static void dropIdle() {
    List<ResidentModel> resting =
        new ArrayList<>(MODELS.values().stream().filter(each -> each.working == 0).toList());
    while (resting.size() > MOST_IDLE) {
      ResidentModel oldest = resting.remove(0);
      MODELS.remove(oldest.model.id());
      oldest.close();
    }
  }

  /** A lane of a place that rests, or a new one. */
  Lane lane(Place place) {
    Lane resting = idle.computeIfAbsent(place, key -> new ArrayDeque<>()).poll();
    if (resting != null) {
      return resting;
    }
    log.debug("Made lane {} of model {}", lanes, model.id());
    return new Lane(
        "isonorm-lane-" + lanes++, graph, model.card(), batch, model.augmentation(), place);
  }

  Preprocessing preprocessing() {
    return preprocessing;
  }

  /** Images of a full batch. */
  int batch() {
    return batch;
  }

  ComputationGraph graph() {
    return graph;
  }

  /** Ends the lanes, which must all rest, and frees the parameters. */
  @Override
  public void close() {
    idle.values().forEach(lanesOfPlace -> lanesOfPlace.forEach(Lane::close));
    idle.clear();
    GraphMemory.free(graph);
  }
}
