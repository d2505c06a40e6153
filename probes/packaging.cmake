# The library as others use it: static and shared from the same objects, installed with its headers, a CMake package
# and pkg-config files.  Included by the top CMakeLists.txt once all layers are defined.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# What an application's recorder consists of.
set(objects looptape_core looptape_analysis looptape_dump looptape_probes)

add_library(looptape_static STATIC)
add_library(looptape_shared SHARED)
add_library(looptape::looptape ALIAS looptape_static)
add_library(looptape::shared ALIAS looptape_shared)
foreach(library looptape_static looptape_shared)
  foreach(object ${objects})
    target_sources(${library} PRIVATE $<TARGET_OBJECTS:${object}>)
  endforeach()
  set_target_properties(${library} PROPERTIES OUTPUT_NAME looptape LINKER_LANGUAGE CXX)
  target_include_directories(
    ${library} INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/core/include>
                         $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/probes/include>
                         $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(${library} INTERFACE cxx_std_20)
  target_link_libraries(${library} PRIVATE CapnProto::capnp Threads::Threads)
endforeach()
set_target_properties(looptape_static PROPERTIES EXPORT_NAME looptape)
set_target_properties(looptape_shared PROPERTIES EXPORT_NAME shared VERSION ${PROJECT_VERSION}
                                                 SOVERSION ${PROJECT_VERSION_MAJOR}
                                                 LINK_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/looptape.map)
# Nothing of the libraries within, nor of the C++ runtime's templates, leaves the shared library.
target_link_options(looptape_shared PRIVATE -Wl,--version-script=${CMAKE_CURRENT_LIST_DIR}/looptape.map
                    -Wl,--exclude-libs,ALL -Wl,--no-undefined -Wl,--as-needed)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/looptape)
foreach(library static shared)
  install(TARGETS looptape_${library} EXPORT looptape-${library} COMPONENT library
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT looptape-${library} NAMESPACE looptape:: DESTINATION ${package_dir} COMPONENT library)
endforeach()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/core/include/looptape ${PROJECT_SOURCE_DIR}/probes/include/looptape
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT library FILES_MATCHING PATTERN *.h)

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/looptape-config.cmake.in
                              ${PROJECT_BINARY_DIR}/package/looptape-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/looptape-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/looptape-config.cmake
              ${PROJECT_BINARY_DIR}/package/looptape-config-version.cmake
        DESTINATION ${package_dir} COMPONENT library)

# A .pc file says where it lies, so that an installed tree can be moved.
file(RELATIVE_PATH pc_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" pc_prefix "${pc_prefix}")
foreach(pc looptape looptape-static)
  configure_file(${CMAKE_CURRENT_LIST_DIR}/${pc}.pc.in ${PROJECT_BINARY_DIR}/package/${pc}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/package/${pc}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT library)
endforeach()
