package org.isonorm.network.definition;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/** The providers there are: Isonorm's own, then those of the jars on the class path. */
final class NetworkProviders {
  static final PublishedNetworks PUBLISHED = new PublishedNetworks();

  private NetworkProviders() {}

  /** The provider of a name. */
  static Optional<NetworkProvider> of(String name) {
    // The class path is only searched for what Isonorm does not have.
    return PUBLISHED.provides(name)
        ? Optional.of(PUBLISHED)
        : others().stream().filter(provider -> provider.provides(name)).findFirst();
  }

  /** The names that messages offer. */
  static List<String> names() {
    return Stream.concat(
            PUBLISHED.names().stream(), others().stream().flatMap(each -> each.names().stream()))
        .toList();
  }

  private static List<NetworkProvider> others() {
    // Spark has the jars of --jars in the context's loader.
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    ClassLoader loader = context == null ? NetworkProvider.class.getClassLoader() : context;
    try {
      return ServiceLoader.load(NetworkProvider.class, loader).stream()
          .map(ServiceLoader.Provider::get)
          .toList();
    } catch (ServiceConfigurationError e) {
      throw new IllegalStateException(
          String.format(Locale.ROOT, "Cannot load a provider of networks: %s", e.getMessage()), e);
    }
  }
}
