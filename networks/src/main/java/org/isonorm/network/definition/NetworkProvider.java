package org.isonorm.network.definition;

import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;

/**
 * Networks by name. A jar brings its own by a public class with a constructor without parameters,
 * named in {@code META-INF/services/org.isonorm.network.definition.NetworkProvider}; wherever a
 * network is named, theirs may be then. A name of Isonorm's own networks stays theirs.
 *
 * <p>Created on the driver and on executors, which need the jar too.
 */
public interface NetworkProvider {

  /** Some names, smallest networks first: what messages offer where a name is not known. */
  List<String> names();

  /** Whether there is a network of that name. */
  boolean provides(String name);

  /**
   * Draws a network, for as many classes and for such images as its definition says; the same for
   * the same definition.
   *
   * @param network whose name this provides
   * @return a graph of DL4J's own layers that have a fast form; how they start, their updaters and
   *     regularization are not read
   */
  ComputationGraphConfiguration configuration(NetworkDefinition network);
}
